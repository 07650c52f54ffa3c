using System.Collections.Immutable;
using System.Text;

namespace Writ.Cedar;

/// <summary>
/// Warns of texts that do not say what they seem to say: strings and names in which scripts are mixed, the direction is
/// turned around, or a character looks like another one or like none (trojan source).
/// </summary>
static class TextChecker
{
    public static void Check(IReadOnlyList<PolicyTerm> terms, FindingCollector findings)
    {
        foreach (var term in terms)
        {
            switch (term)
            {
                case PolicyTerm.Literal { Value: CedarString text }:
                    CheckString(text.Value, term.Position, findings);
                    break;
                case PolicyTerm.Like { Pattern: var pattern }:
                    CheckString(string.Join('*', pattern.Parts), term.Position, findings);
                    break;
                case PolicyTerm.Literal { Value: EntityUid uid }:
                    CheckName(uid.Id, term.Position, findings);
                    break;
                case PolicyTerm.Get { Name: var name }:
                    CheckName(name, term.Position, findings);
                    break;
                case PolicyTerm.Has { Path: var path }:
                    CheckNames(path, term.Position, findings);
                    break;
                case PolicyTerm.Record { Names: var names }:
                    CheckNames(names, term.Position, findings);
                    break;
            }
        }
    }

    static void CheckString(string text, SourcePosition position, FindingCollector findings)
    {
        if (FindBidi(text) is { } bidi)
            findings.Warn(ValidationCodes.BidiString, position, $"string {Turns(text, bidi)}", WriteEscape);
        else if (UnicodeText.FindForeign(text) is { } foreign)
            findings.Warn(
                ValidationCodes.MixedScriptString, position, $"string {Mixes(text, foreign)}", LookTwice(foreign));
    }

    static void CheckNames(ImmutableArray<string> names, SourcePosition position, FindingCollector findings)
    {
        foreach (var name in names)
            CheckName(name, position, findings);
    }

    static void CheckName(string name, SourcePosition position, FindingCollector findings)
    {
        if (FindBidi(name) is { } bidi)
            findings.Warn(ValidationCodes.BidiName, position, $"name {Turns(name, bidi)}", WriteEscape);
        else if (FindConfusable(name) is { } confusable)
            findings.Warn(
                ValidationCodes.ConfusableName,
                position,
                $"name {Show(name)} has {Show(confusable)}, which is not recommended for identifiers",
                LookTwice(confusable));
        else if (UnicodeText.FindForeign(name) is { } foreign)
            findings.Warn(
                ValidationCodes.MixedScriptName, position, $"name {Mixes(name, foreign)}", LookTwice(foreign));
    }

    const string WriteEscape = "write the character as an escape such as \\u{202e}, or leave it out";

    static string LookTwice(Rune character) => FormattableString.Invariant(
        $"if it is meant, write it as \\u{{{character.Value:x}}}, so that nobody takes it for another character");

    static Rune? FindBidi(string text)
    {
        foreach (var character in text.EnumerateRunes())
            if (UnicodeText.IsBidiControl(character))
                return character;
        return null;
    }

    static Rune? FindConfusable(string name)
    {
        foreach (var character in name.EnumerateRunes())
            if (!UnicodeText.IsAllowedInIdentifier(character))
                return character;
        return null;
    }

    static string Turns(string text, Rune character) =>
        $"{Show(text)} has {Show(character)}, which changes the direction of text";

    static string Mixes(string text, Rune character) =>
        $"{Show(text)} mixes scripts; {Show(character)} is of none of those before it";

    // With escapes for what could mislead in the message too.
    static string Show(string text) => new CedarString(text).ToString();

    static string Show(Rune character) => FormattableString.Invariant($"U+{character.Value:X4}");
}
