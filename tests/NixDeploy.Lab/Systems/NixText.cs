using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;

namespace NixDeploy.Labs.Systems;

/// <summary>Writes JSON values as Nix expressions, laid out for people to read and edit.</summary>
internal static partial class NixText
{
    private static readonly HashSet<string> Keywords =
        ["assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"];

    public static string From(JToken value, int depth = 0) => value switch
    {
        JObject { Count: 0 } => "{ }",
        JObject { Count: 1 } set when depth > 0 && set.First!.First is JValue => $"{{ {Binding(set.Properties().Single(), depth)} }}",
        JObject set => Block("{", set.Properties().Select(p => Binding(p, depth)), "}", depth),
        JArray { Count: 0 } => "[ ]",
        JArray list => "[ " + string.Join(' ', list.Select(item => From(item, depth + 1))) + " ]",
        { Type: JTokenType.Null } => "null",
        { Type: JTokenType.Boolean } => value.Value<bool>() ? "true" : "false",
        { Type: JTokenType.Integer } => Parenthesised(value.Value<long>().ToString(CultureInfo.InvariantCulture)),
        { Type: JTokenType.Float } => Parenthesised(value.Value<double>().ToString("0.0###############", CultureInfo.InvariantCulture)),
        _ => Quote(value.Value<string>()!),
    };

    /// <summary>A Nix string whose value is exactly <paramref name="text"/>, whatever is in it (but NUL, which Nix has no strings with).</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
        {
            quoted.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '$' => "\\$",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => character.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static string Binding(JProperty property, int depth)
    {
        var name = Identifier().IsMatch(property.Name) && !Keywords.Contains(property.Name) ? property.Name : Quote(property.Name);
        return $"{name} = {From(property.Value, depth + 1)};";
    }

    private static string Block(string open, IEnumerable<string> lines, string close, int depth)
    {
        var indent = new string(' ', 2 * depth);
        return open + "\n" + string.Concat(lines.Select(line => $"{indent}  {line}\n")) + indent + close;
    }

    // In a list, a minus would be taken for a subtraction.
    private static string Parenthesised(string number) => number.StartsWith('-') ? $"({number})" : number;

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_'-]*$")]
    private static partial Regex Identifier();
}
