using System.Text.Json;
using Writ.Testing;

namespace Writ.Shell.Tests.Syntax;

/// <summary>One source of the shared data, and whether it is meant for a shell with extended globs on.</summary>
sealed record Source(string Name, string Text, bool ExtendedGlob, string? Expected)
{
    /// <summary>The short name: of the fuzzer's vectors the file's, else what follows the file's.</summary>
    public string Key => Name.Contains("/fuzz-", StringComparison.Ordinal)
        ? Path.GetFileNameWithoutExtension(Name[..Name.IndexOf(": ", StringComparison.Ordinal)])
        : Name[(Name.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    public override string ToString() => Name;
}

/// <summary>The shared data: vectors and commands.</summary>
static class Sources
{
    public static readonly string[] VectorFiles =
        ["parable.jsonl", "oils-derived.jsonl", "tree-sitter-bash-derived.jsonl"];

    public static IEnumerable<Source> Vectors() => VectorFiles.SelectMany(Vectors);

    public static IEnumerable<Source> Vectors(string file) =>
        Lines($"data/bash-vectors/{file}").Select(e => new Source(
            $"{e.GetProperty("file").GetString()}: {e.GetProperty("name").GetString()}",
            e.GetProperty("input").GetString()!,
            TurnsOnExtendedGlob(e.GetProperty("input").GetString()!),
            e.GetProperty("expect").GetString()!));

    public static IEnumerable<Source> Commands() =>
        Lines("data/commands-dev.jsonl").Select(e => new Source(
            e.GetProperty("id").GetString()!,
            e.GetProperty("command").GetString()!,
            TurnsOnExtendedGlob(e.GetProperty("command").GetString()!),
            e.TryGetProperty("bash_syntax", out var syntax) ? syntax.GetString() : null));

    // `bash -n` does not run the `shopt` of a line, so both are told from the start.
    static bool TurnsOnExtendedGlob(string text) =>
        text.StartsWith("# @extglob", StringComparison.Ordinal)
        || text.Contains("shopt -s extglob", StringComparison.Ordinal);

    static IEnumerable<JsonElement> Lines(string path) =>
        File.ReadLines(SharedData.Require(path)).Select(l => JsonDocument.Parse(l).RootElement);
}
