using System.Collections.Immutable;

namespace NixDeploy.Nix;

/// <summary>Asks for many things together and halves what fails, so that an error is told of the item that causes it and of no other.</summary>
internal static class Halving
{
    /// <summary>Asks until every item has an answer or an error of its own.</summary>
    /// <param name="items">The items.</param>
    /// <param name="ask">Asks for some of them together; throws when any of them fails.</param>
    /// <param name="fail">Takes the error of one item; may be called from any thread.</param>
    /// <param name="cancellationToken">Cancels the questions; that is nobody's error.</param>
    /// <exception cref="NixException"><c>ND0301</c>: there is no Nix, which no half would find.</exception>
    public static async Task RunAsync<T>(ImmutableArray<T> items, Func<ImmutableArray<T>, Task> ask, Action<T, Exception> fail, CancellationToken cancellationToken)
    {
        try
        {
            await ask(items).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not NixException { Code: "ND0301" })
        {
            if (items.Length == 1)
            {
                fail(items[0], e);
                return;
            }

            var half = items.Length / 2;
            await Task.WhenAll(RunAsync(items[..half], ask, fail, cancellationToken), RunAsync(items[half..], ask, fail, cancellationToken)).ConfigureAwait(false);
        }
    }
}
