using System.Numerics;

namespace NixDeploy.Scheduling;

/// <summary>A set of small numbers, 0 or more, that tells the least and the greatest of them at once.</summary>
/// <remarks>
/// A bit for each number, and above every 64 bits one that tells whether any of them is set, and so on: four looks at memory for
/// millions of numbers, where a tree of nodes needs twenty.
/// </remarks>
internal sealed class NumberSet
{
    /// <summary>From the numbers themselves up to a single word.</summary>
    private ulong[][] levels = [[0]];

    /// <summary>The least number; <see langword="null"/> when there is none.</summary>
    public int? Min => Seek(BitOperations.TrailingZeroCount);

    /// <summary>The greatest number; <see langword="null"/> when there is none.</summary>
    public int? Max => Seek(BitOperations.Log2);

    public void Add(int number)
    {
        while (number / 64 >= levels[0].Length)
        {
            Grow();
        }

        foreach (var level in levels)
        {
            level[number / 64] |= 1UL << number;
            number /= 64;
        }
    }

    public void Remove(int number)
    {
        foreach (var level in levels)
        {
            if (number / 64 >= level.Length || (level[number / 64] &= ~(1UL << number)) != 0)
            {
                return;
            }

            number /= 64;
        }
    }

    private int? Seek(Func<ulong, int> bitOf)
    {
        var number = 0;
        for (var level = levels.Length - 1; level >= 0; level--)
        {
            if (levels[level][number] is not (not 0 and var word))
            {
                return null;
            }

            number = (number * 64) + bitOf(word);
        }

        return number;
    }

    /// <summary>Another level on top: 64 times as many numbers.</summary>
    private void Grow()
    {
        var wider = Array.ConvertAll(levels, level =>
        {
            var words = new ulong[level.Length * 64];
            level.CopyTo(words, 0);
            return words;
        });
        levels = [.. wider, [levels[^1][0] == 0 ? 0UL : 1UL]];
    }
}
