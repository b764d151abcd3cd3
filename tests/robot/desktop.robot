*** Settings ***
Library          agent.robot    timeout=20s

*** Test Cases ***
A window on a private desktop
    Open Private Desktop    size=900x600
    Open Application    Guest book
    Type Into       Name    Ada
    Click On        Greet
    Should See      Hello Ada
    Press Keys      alt     F4
    Should Not See  Hello Ada
