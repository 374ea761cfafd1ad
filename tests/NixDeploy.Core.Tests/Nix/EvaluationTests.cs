using System.Collections.Immutable;
using CsCheck;
using Newtonsoft.Json.Linq;
using NixDeploy.Nix;

namespace NixDeploy.Tests.Nix;

[TestFixture]
public class EvaluationTests
{
    [TestCase(4, 8, new[] { 4 })]
    [TestCase(8, 8, new[] { 4, 4 })]
    [TestCase(100, 2, new[] { 25, 25, 25, 25 })]
    [TestCase(60, 1, new[] { 20, 20, 20 })]
    [TestCase(0, 4, new int[0])]
    public void Large_fleets_are_split_evenly(int items, int evaluators, int[] expected) =>
        Assert.That(Evaluation.Chunks([.. Enumerable.Range(0, items)], evaluators).Select(c => c.Length), Is.EqualTo(expected));

    [Test]
    public void Exactly_what_does_not_evaluate_fails() =>
        Gen.Select(Gen.Int[0, 70], Gen.Int[1, 6], Gen.Int[0, 70].HashSet[0, 5]).SampleAsync(
            async (count, evaluators, broken) =>
            {
                var (running, most) = (0, 0);
                var results = await Evaluation.RunAsync(
                    [.. Enumerable.Range(0, count)],
                    async (ImmutableArray<int> chunk, CancellationToken _) =>
                    {
                        most = Math.Max(most, Interlocked.Increment(ref running));
                        await Task.Yield();
                        Interlocked.Decrement(ref running);
                        return chunk.Any(broken.Contains) ? throw new NixException("ND0303", "no") : new JArray(chunk.Select(i => new JValue(i)));
                    },
                    evaluators,
                    CancellationToken.None);

                Assert.That(results.Keys, Is.EquivalentTo(Enumerable.Range(0, count)));
                Assert.That(results.Where(r => r.Value.Error is not null).Select(r => r.Key), Is.EquivalentTo(broken.Where(b => b < count)));
                Assert.That(results.Where(r => r.Value.Error is null).All(r => r.Value.Value!.Value<int>() == r.Key));
                Assert.That(most, Is.LessThanOrEqualTo(evaluators));
            },
            iter: 300,
            threads: 1).GetAwaiter().GetResult();

    [Test]
    public void Without_Nix_nothing_is_halved()
    {
        var calls = 0;
        Assert.That(
            () => Evaluation.RunAsync([1, 2, 3, 4], (ImmutableArray<int> _, CancellationToken _) =>
            {
                calls++;
                throw new NixException("ND0301", "no Nix");
            }, 1, CancellationToken.None),
            Throws.InstanceOf<NixException>());
        Assert.That(calls, Is.EqualTo(1));
    }
}
