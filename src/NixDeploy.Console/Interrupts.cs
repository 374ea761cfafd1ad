using System.Runtime.InteropServices;

namespace NixDeploy.Terminal;

/// <summary>Ctrl-C and SIGTERM while a command runs: the first cancels the token, the second detaches from the run.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource first;
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;

    /// <summary>Handles signals until it is disposed of.</summary>
    /// <param name="outer">Counts as the first signal.</param>
    public Interrupts(CancellationToken outer)
    {
        first = CancellationTokenSource.CreateLinkedTokenSource(outer);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => first.Token;

    /// <summary>What the second signal does; <see langword="null"/> before there is a run to detach from.</summary>
    public Action? Second { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        first.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (first.IsCancellationRequested)
        {
            Second?.Invoke();
        }

        first.Cancel();
    }
}
