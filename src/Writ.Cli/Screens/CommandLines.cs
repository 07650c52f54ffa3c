using System.Collections.Immutable;
using System.Globalization;
using Writ.Requests;
using Writ.Shell;

namespace Writ.Cli.Screens;

/// <summary>The commands of a line, each with what it would do and what is not known of it. Nothing is cut.</summary>
static class CommandLines
{
    public static void Add(Page page, ImmutableArray<CommandAccount> commands)
    {
        for (var i = 0; i < commands.Length; i++)
            Add(page, commands[i], string.Create(CultureInfo.InvariantCulture, $"{i + 1}."));
    }

    static void Add(Page page, CommandAccount command, string number)
    {
        // A line break inside of a word is a part of it, and no end of what is shown.
        var shown = command.Shown.Replace("\n", "\\u{a}", StringComparison.Ordinal);
        page.Text($"  {number,3} {(shown.Length == 0 ? "(no command)" : shown)}");
        if (How(command) is { Length: > 0 } how)
            page.Text($"      {how}");
        foreach (var effect in command.Effects)
        {
            var text = $"      {effect.Verb} {effect.Object.Replace("\n", "\\u{a}", StringComparison.Ordinal)}"
                + (effect.Scope is { } scope ? $"  in {scope}" : "");
            if (IsGrave(effect.Verb))
                page.Bad(text);
            else
                page.Text(text);
        }
        if (command.Effects.IsEmpty && command.Unresolved.IsEmpty)
            page.Text("      nothing that lasts");
        foreach (var doubt in command.Unresolved)
            page.Warning($"      not understood: {doubt.Where}: {doubt.Why}");
    }

    /// <summary>True for effects that are hard to undo, or that give more power.</summary>
    public static bool IsGrave(string verb) => Verbs.IsDelete(verb)
        || verb is Verbs.PrivilegeRaise or Verbs.SecretRead or Verbs.CodeFetch or Verbs.CodePlant;

    static string How(CommandAccount command) => string.Join("; ", ((string?[])
    [
        command.Via.IsEmpty ? null : $"run by {string.Join(", ", command.Via)}",
        command.Places.IsEmpty ? null : $"stands in: {string.Join(", ", command.Places)}",
        command.Certainty switch
        {
            "exact" => null,
            "unknown" => "which program runs is not known",
            _ => "may not run, or with other words",
        },
        command.Overlay is { } file ? $"what it does is said by {file}" : null,
        command.Directory is null ? "where it runs is not known" : null,
    ]).OfType<string>());
}
