*** Settings ***
Library          agent.robot    timeout=5s
Suite Setup      Open Browser At    ${URL}    alias=people
Test Setup       Go To    ${URL}

*** Test Cases ***
A form is filled by its labels
    Type Into       Name        Ada
    Type Into       Password    ${PASSWORD}
    Choose          Country     Norway
    Tick            Weekly newsletter
    Click On        Save
    Should See      Record of Ada kept
    Should Read     Country     Norway
    ${name} =       Read Text Near    Name
    Should Be Equal    ${name}    Ada
    Untick          Weekly newsletter

One of several
    Click On        Edit    near=Alan Turing
    Should See      Editing Alan
    Click On        Edit    nth=-1
    Should See      Editing Grace
    Click On        Edit    kind=button    region=700,100,1000,160
    Should See      Editing Ada

What comes later is waited for
    Should Not See    Nothing further
    Click On        Show more
    ${match} =      Wait Until Visible    Nothing further    timeout=10s
    Should Be Equal    ${match.kind}    text
    ${there} =      Is On Screen    Nothing further
    Should Be True    ${there}

Things are read
    ${rows} =       Read Table
    Should Be Equal    ${rows}[1][0]    Ada Lovelace
    ${line} =       Read Screen    500,115,800,150
    Should Be Equal    ${line}    Ada Lovelace London 36

Pictures
    ${path} =       Take Screenshot    people
    ${linked} =     Take Screenshot Without Embedding    linked.png
    Scroll To       Imprint and contact

A task in words
    ${result} =     Run Agent    click on Show more
    Should Be Equal    ${result.status}    claimed
    ${not} =        Run Agent    click on Frobnicate the gizmo    must=any    max_steps=3
    Should Not Be Equal    ${not.status}    claimed

A second screen
    ${alias} =      Open Browser At    ${URL}    viewport=390x844
    Should See      Save
    ${before} =     Switch Screen    people
    Should Be Equal    ${before}    ${alias}
    Close Screen    ${alias}
    Should See      Save
