using System.Text.Json.Serialization;
using Writ.Egress;
using Writ.Requests;
using Writ.Shell;
using Writ.Workflows;

namespace Writ.Assistants;

/// <summary>Where an assistant keeps what it wants to find again. Member 0 keeps nothing.</summary>
public enum AssistantHome
{
    /// <summary>In memory, gone with it.</summary>
    Scratch,

    /// <summary>In a directory of the agent's own in this workflow, kept by the control plane; never a person's home.
    /// </summary>
    Kept,
}

/// <summary>
/// A secret that an assistant is started with, as a variable: for as long as nothing better hands it out. It lives as
/// long as the file does, so records and doctor say so.
/// </summary>
/// <param name="File">Absolute path of the one line, which only the control plane's user may read.</param>
public sealed record AssistantSecret(string Name, string File)
{
    public const int CountMax = 8;

    /// <summary>What stands for the value wherever the environment is shown, signed or recorded.</summary>
    public const string Mark = "writ-secret:";

    [JsonIgnore]
    public string Placeholder => Mark + File;
}

/// <summary>Which assistants may live in a sandbox in one workflow, and what they find there.</summary>
/// <param name="Programs">By absolute path, or by a name that is looked for in the system's folders.</param>
/// <param name="Paths">Folders of this machine that it sees, read-only: where its program lies.</param>
/// <param name="Variables">What is added to its environment. None of them is a secret.</param>
/// <param name="Model">Those of the workflow's places where its own model answers, as HOST:PORT.</param>
/// <param name="Depth">How many of it may stand above one another, the first one counted.</param>
/// <param name="HomeMiB">How much a kept home may hold; null for the control plane's own limit.</param>
/// <param name="HomeFiles">How many files, folders and links it may hold; null for the control plane's own limit.
/// </param>
public sealed record AssistantTerms(
    ImmutableArray<string> Programs, ImmutableArray<string> Paths, AssistantHome Home,
    ImmutableArray<Variable> Variables, ImmutableArray<AssistantSecret> Secrets, ImmutableArray<string> Model,
    int Depth = AssistantTerms.UsualDepth, int? HomeMiB = null, int? HomeFiles = null)
{
    public const int UsualDepth = 4;
    public const int DepthMax = 8;
    public const int HomeMiBMax = 1 << 20;
    public const int HomeFilesMax = 1_000_000;

    const int ProgramsMax = 16;
    const int PathsMax = 16;
    const int VariablesMax = 24;
    const int TextMax = 1_024;

    // What decides how programs find each other and the control plane is not a workflow's to say.
    static readonly string[] _own =
        ["PATH", "HOME", "USER", "TERM", "TMPDIR", "LANG", "IFS", "ENV", "BASH_ENV", "CLAUDE_CONFIG_DIR"];

    static readonly string[] _ownBeginnings = ["WRIT_", "LD_", "GIT_", "BASH_FUNC_"];

    /// <summary>Every part of it is there.</summary>
    [JsonIgnore]
    internal bool IsWhole => !Programs.IsDefault && !Paths.IsDefault && !Variables.IsDefault && !Secrets.IsDefault
        && !Model.IsDefault && Programs.All(p => p is not null) && Paths.All(p => p is not null)
        && Model.All(m => m is not null) && Variables.All(v => v is { Name: not null, Value: not null })
        && Secrets.All(s => s is { Name: not null, File: not null });

    /// <summary>All of it on one line, for whoever reviews a change of it.</summary>
    public override string ToString() => string.Join("; ", new[]
    {
        $"programs {VisibleText.Command(Programs)}",
        Paths.IsEmpty ? "" : $"sees {VisibleText.Command(Paths)}",
        $"home {Home.ToString().ToLowerInvariant()}"
            + (HomeMiB is { } size ? $" of at most {size} MiB" : "")
            + (HomeFiles is { } files ? $" with at most {files} files" : ""),
        Variables.IsEmpty ? "" : $"variables {VisibleText.Command([.. Variables.Select(v => $"{v.Name}={v.Value}")])}",
        Secrets.IsEmpty ? "" : $"secrets {VisibleText.Command([.. Secrets.Select(s => $"{s.Name} from {s.File}")])}",
        Model.IsEmpty ? "" : $"model {VisibleText.Command(Model)}",
        $"depth {Depth}",
    }.Where(part => part.Length > 0));

    /// <summary>What is wrong with it as a part of a workflow; null when nothing is.</summary>
    internal string? Problem(ImmutableArray<EgressGrant>? egress)
    {
        if (Programs.Length is 0 or > ProgramsMax || Programs.Any(p => !IsName(p) && !IsPath(p)))
            return $"It names 1 to {ProgramsMax} programs, each by an absolute path or a plain name.";
        if (Paths.Length > PathsMax || Paths.Any(p => !IsPath(p)))
            return $"It names at most {PathsMax} folders by their absolute paths.";
        if (Variables.Length > VariablesMax || Secrets.Length > AssistantSecret.CountMax)
            return $"It has at most {VariablesMax} variables and {AssistantSecret.CountMax} secrets.";
        foreach (var name in Variables.Select(v => v.Name).Concat(Secrets.Select(s => s.Name)))
            if (!IsVariable(name))
                return $"'{VisibleText.Of(name)}' is no variable that a workflow may set.";
        if (Variables.Select(v => v.Name).Concat(Secrets.Select(s => s.Name)).Distinct(StringComparer.Ordinal).Count()
            < Variables.Length + Secrets.Length)
            return "A variable is set twice.";
        if (Variables.Any(v => v.Value.Length > TextMax || v.Value.Any(char.IsControl)
            || v.Value.StartsWith(AssistantSecret.Mark, StringComparison.Ordinal)))
            return $"A variable's value is at most {TextMax} characters without control characters.";
        if (Secrets.Any(s => !IsPath(s.File)))
            return "A secret is named by the absolute path of its file.";
        foreach (var place in Model)
            if (EgressDestination.Of(place, usualPort: 0) is not { } known || known.ToString() != place
                || EgressGrant.For(egress, known) is null)
                return $"'{VisibleText.Of(place)}' is none of the workflow's places (egress), written HOST:PORT.";
        if (Home == AssistantHome.Scratch && (HomeMiB is not null || HomeFiles is not null))
            return "A home in memory has the limit of every scratch space; homeMiB and homeFiles are for a kept one.";
        if (HomeMiB is < 1 or > HomeMiBMax || HomeFiles is < 1 or > HomeFilesMax)
            return $"A kept home holds 1 to {HomeMiBMax} MiB in 1 to {HomeFilesMax} files.";
        return Depth is < 1 or > DepthMax ? $"The depth is 1 to {DepthMax}." : null;
    }

    static bool IsName(string text) => text.Length is > 0 and <= 64 && text[0] is not ('-' or '.')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' or '-');

    static bool IsPath(string text) => text is ['/', _, ..] && text.Length <= TextMax && !text.Any(char.IsControl)
        && Writ.Shell.Paths.Normalize("/", text) == text;

    static bool IsVariable(string name) => name.Length is > 0 and <= 128
        && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        && !_own.Contains(name) && !_ownBeginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal))
        && !EgressDoor.Variables.Any(v => v.Name == name) && !EgressTrust.Variables.Any(v => v.Name == name);
}
