@echo off
rem UNTESTED: written without a Windows machine to run it on.
rem Double-click to run every check; arguments as for tests\run.py.
rem Only ASCII in here; what people read is in packaging\windows, in UTF-8.
setlocal
chcp 65001 >nul
set "PYTHONUTF8=1"
set "HERE=%~dp0"
set "CODE=1"

rem A network drive cannot hold a database that several programs write to: \\server\share, or a letter for it.
if "%HERE:~0,2%"=="\\" goto network_drive
net use "%HERE:~0,2%" >nul 2>&1
if not errorlevel 1 goto network_drive

where py >nul 2>&1
if errorlevel 1 goto no_python
py -3 --version >nul 2>&1
if errorlevel 1 goto no_python

cd /d "%HERE%"
py -3 "tests\run.py" %*
set "CODE=%ERRORLEVEL%"
goto end

:network_drive
type "%HERE%packaging\windows\network-drive.txt"
goto end

:no_python
type "%HERE%packaging\windows\no-python.txt"

:end
pause
exit /b %CODE%
