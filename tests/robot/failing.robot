*** Settings ***
Library          agent.robot    timeout=0s
Suite Setup      Open Browser At    ${URL}

*** Test Cases ***
Words that are not there
    Should See      Save changes

Words that are there several times
    Click On        Edit

Another reason
    ${total} =      Read Text Near    Total
    Should Be Equal    ${total}    4 people

An argument that is none
    Click On        Edit    nearby=Ada

A kind that is none
    Click On        Edit    kind=knob

No such screen
    Switch Screen    nowhere

A secret is in no message
    Type Into       Passport number    ${PASSWORD}

A task that cannot be done
    Run Agent       click on Frobnicate the gizmo    max_steps=3
