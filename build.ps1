#!/usr/bin/env pwsh
# Runs this repository's build: ./build.ps1 --target=DeployAll. Does what build.sh does, for Windows; elsewhere it calls it.
$ErrorActionPreference = 'Stop'

$root = $PSScriptRoot
if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
  & "$root/build.sh" @args
  exit $LASTEXITCODE
}

$programs = Join-Path $root 'artifacts/build' # a folder per content, and which one is current
$stamp = Join-Path $programs 'stamp'          # as old as the sources that the current one was built from
$current = Join-Path $programs 'current'
$source = Join-Path $programs 'source'
$sources = @(
  'build', 'src', 'tests/NixDeploy.Lab', 'global.json', 'nuget.config', 'Directory.Build.props', 'Directory.Build.targets',
  'Directory.Packages.props', 'Directory.Solution.targets'
) | ForEach-Object { Join-Path $root $_ } | Where-Object { Test-Path $_ }

function Get-Program {
  if (-not ((Test-Path $stamp) -and (Test-Path $current) -and (Test-Path $source))) { return $null }
  if ((Get-Content -Raw $source).Trim() -ne "$env:CakeFrostingSource") { return $null }
  $program = Join-Path $programs "$((Get-Content -Raw $current).Trim())/Build.dll"
  if (-not (Test-Path $program)) { return $null }

  # Folders count too: a file that was removed leaves nothing newer than its folder.
  $built = (Get-Item $stamp).LastWriteTimeUtc
  $newer = @(Get-Item $sources) + @(Get-ChildItem -Recurse $sources) |
    Where-Object { $_.LastWriteTimeUtc -gt $built } | Select-Object -First 1
  if ($newer) { return $null }
  return $program
}

function Stop-Build([string] $why) {
  [Console]::Error.WriteLine("build.ps1: $why")
  exit 1
}

function Build-Program {
  [Console]::Error.WriteLine('Building NixDeploy...')
  $log = Join-Path $programs 'build.log'
  $work = Join-Path $programs 'work'
  $started = [DateTime]::UtcNow # before the build: what changes while it runs is newer
  Push-Location $root           # global.json is looked for from here
  try {
    & dotnet --version *> $null
    if ($LASTEXITCODE -ne 0) {
      Stop-Build 'the .NET SDK here is too old: global.json asks for 10.0.100 or newer; install it from https://dot.net/download'
    }
    & dotnet build build/Build.csproj --artifacts-path $work --disable-build-servers -v q *> $log
    $exitCode = $LASTEXITCODE
  }
  finally { Pop-Location }
  if ($exitCode -ne 0) {
    Get-Content $log | ForEach-Object { [Console]::Error.WriteLine($_) }
    Stop-Build "the build failed; what it said is above and in $log"
  }

  $output = Join-Path $work 'bin/Build/debug'
  $hashes = Get-ChildItem -Recurse -File $output | Sort-Object FullName | Get-FileHash | ForEach-Object Hash
  $bytes = [Text.Encoding]::ASCII.GetBytes($hashes -join '')
  $name = (Get-FileHash -InputStream ([IO.MemoryStream]::new($bytes))).Hash.Substring(0, 16).ToLowerInvariant()
  $folder = Join-Path $programs $name
  if (-not (Test-Path $folder)) { Copy-Item -Recurse $output $folder }
  Set-Content -NoNewline $source "$env:CakeFrostingSource"
  Set-Content -NoNewline $current $name
  Set-Content -NoNewline $stamp ''
  (Get-Item $stamp).LastWriteTimeUtc = $started

  # Windows keeps a folder from being renamed while a program runs from it, which is how to tell.
  Get-ChildItem -Directory $programs | Where-Object { $_.Name -notin 'work', $name } | ForEach-Object {
    try {
      Rename-Item $_.FullName "$($_.Name).old"
      Remove-Item -Recurse -Force "$($_.FullName).old"
    }
    catch { Write-Verbose "$($_.Exception.Message)" }
  }
}

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
  Stop-Build 'the .NET SDK is missing; install .NET 10 from https://dot.net/download'
}

$program = Get-Program
if (-not $program) {
  New-Item -ItemType Directory -Force $programs > $null
  $mutex = [Threading.Mutex]::new($false, 'nixdeploy-build-' + ($root -replace '[^A-Za-z0-9]', '-'))
  try { [void] $mutex.WaitOne() } catch [Threading.AbandonedMutexException] { Write-Verbose 'the last build was stopped' }
  try {
    if (-not (Get-Program)) { Build-Program } # somebody else may just have done it
  }
  finally { $mutex.ReleaseMutex() }
  $program = Get-Program
  if (-not $program) { Stop-Build 'the sources changed while they were being built; run it again' }
}

& dotnet $program @args
exit $LASTEXITCODE
