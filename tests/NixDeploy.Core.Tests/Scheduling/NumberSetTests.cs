using CsCheck;
using NixDeploy.Scheduling;

namespace NixDeploy.Tests.Scheduling;

internal sealed class NumberSetTests
{
    private static readonly Gen<int> Number = Gen.OneOf(Gen.Int[0, 70], Gen.Int[0, 5_000], Gen.Int[0, 300_000]);

    [Test]
    public void It_knows_its_least_and_greatest_number_whatever_was_added_and_removed() =>
        Gen.Select(Gen.Bool, Number).Array[0, 200].Sample(steps =>
        {
            var set = new NumberSet();
            var model = new SortedSet<int>();
            return steps.All(step =>
            {
                var (add, number) = step;
                if (add)
                {
                    set.Add(number);
                    model.Add(number);
                }
                else
                {
                    var known = model.Count > 0 && number % 2 == 0 ? model.ElementAt(number % model.Count) : number;
                    set.Remove(known);
                    model.Remove(known);
                }

                return set.Min == (model.Count == 0 ? null : model.Min) && set.Max == (model.Count == 0 ? null : model.Max);
            });
        });
}
