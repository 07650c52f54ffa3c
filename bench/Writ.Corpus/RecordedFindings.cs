using System.Text.Json;
using Writ.Cedar;

namespace Writ.Corpus;

/// <summary>
/// Tells from the text of an official validator's finding which kind it is, in the codes of
/// <see cref="ValidationCodes"/>. Texts differ between releases in their capitals only.
/// </summary>
public static class RecordedFindings
{
    static readonly (string Part, string Code)[] Kinds =
    [
        ("unrecognized entity type", ValidationCodes.UnknownEntityType),
        ("unrecognized action", ValidationCodes.UnknownAction),
        ("unable to find an applicable action", ValidationCodes.UnappliedAction),
        ("unexpected type: expected", ValidationCodes.UnexpectedType),
        (" are not compatible", ValidationCodes.IncompatibleTypes),
        ("access to optional attribute", ValidationCodes.UnguardedAttribute),
        ("access to tag", ValidationCodes.UnguardedTag),
        ("no `tags` were declared", ValidationCodes.NoTags),
        ("wrong number of arguments", ValidationCodes.ArgumentCount),
        ("extension function argument validation", ValidationCodes.ArgumentValue),
        ("empty set literals are forbidden", ValidationCodes.EmptySet),
        ("called with non-literal expressions", ValidationCodes.ComputedConstructor),
        ("is of an enumerated entity type", ValidationCodes.UnknownEnumEntity),
        ("policy is impossible", ValidationCodes.Impossible),
        ("which is not a printable ASCII character", ValidationCodes.ConfusableName),
    ];

    public static string CodeOf(string message)
    {
        foreach (var (part, code) in Kinds)
            if (message.Contains(part, StringComparison.OrdinalIgnoreCase))
                return code;
        var isString = message.Contains("string `\"", StringComparison.Ordinal);
        if (message.EndsWith("contains mixed scripts", StringComparison.Ordinal))
            return isString ? ValidationCodes.MixedScriptString : ValidationCodes.MixedScriptName;
        if (message.EndsWith("contains BIDI control characters", StringComparison.Ordinal))
            return isString ? ValidationCodes.BidiString : ValidationCodes.BidiName;
        return message.Contains("attribute `", StringComparison.Ordinal)
            && message.EndsWith(" not found", StringComparison.Ordinal)
                ? ValidationCodes.UnknownAttribute
                : $"of no known kind: {message}";
    }

    /// <summary>The kinds, each once and in order, so that two of these texts can be compared.</summary>
    public static string Codes(IEnumerable<string> codes) =>
        string.Join(' ', codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    /// <summary>These kinds but for the warnings of strings, to which patterns count.</summary>
    public static string WithoutStrings(string codes) => Codes(codes.Split(' ').Where(
        code => code is not (ValidationCodes.MixedScriptString or ValidationCodes.BidiString or "")));

    public static string Codes(IEnumerable<ValidationFinding> findings) =>
        Codes(findings.Select(finding => finding.Code));

    /// <summary>Of an array of messages, or of pairs of a policy id and a message.</summary>
    public static string Codes(JsonElement messages) => Codes(messages.EnumerateArray().Select(
        message => CodeOf((message.ValueKind == JsonValueKind.Array ? message[1] : message).GetString()!)));
}
