using System.Text.Json.Serialization;
using Writ.Egress;
using Writ.Requests;
using Writ.Runs;
using Writ.Runs.Recordings;
using Writ.Shell.Knowledge;

namespace Writ.Holds;

/// <summary>
/// What something inside a run wants to do and what stands still until people have decided: everything that they are
/// shown of it, and by which it is known again when it goes on.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Exec), "exec")]
[JsonDerivedType(typeof(Connect), "net.connect")]
public abstract record HeldAction
{
    private HeldAction() { }

    /// <summary>Start a program.</summary>
    /// <param name="Program">What the kernel would make of it.</param>
    /// <param name="FileDigest">SHA-256 of the program's file as hex.</param>
    /// <param name="CommandDigest">SHA-256 as hex of the bytes that /proc/PID/cmdline has when it starts.</param>
    /// <param name="OwnScratch">The run's scratch space is its own and gone with it.</param>
    /// <param name="Variables">What its environment has otherwise than the run's, which is approved with the run. Null:
    /// nobody looked.</param>
    public sealed record Exec(
        ExecutedProgram Program, string FileDigest, string CommandDigest, bool OwnScratch,
        ImmutableArray<HeldVariable>? Variables = null) : HeldAction;

    /// <summary>Reach a place through the run's own way out, as <see cref="EgressAttempt"/> has it.</summary>
    /// <param name="Address">The one that is dialled.</param>
    public sealed record Connect(
        EgressVia Via, string Host, int Port, string Method, string Path, bool Encrypted, string Address) : HeldAction
    {
        internal EgressAttempt Attempt => new(Via, new EgressDestination(Host, Port), Method, Path, Encrypted);

        public static Connect Of(EgressAttempt attempt, EgressAddress address) => new(
            attempt.Via, attempt.Place.Host, attempt.Place.Port, attempt.Method, attempt.Path, attempt.Encrypted,
            $"{address}");
    }
}

/// <summary>One variable of the environment as people see it.</summary>
/// <param name="Value">Null where it is not shown: by its name or form a secret, too long, or no text.</param>
public sealed record HeldVariable(string Name, string? Value)
{
    public const int CountMax = 64;
    const int NameMax = 128;
    const int ValueMax = 256;

    /// <summary>
    /// What differs from the environment that the run was approved with, by name. Beyond so many there is one more
    /// without a value, "…": people then know that they do not see all.
    /// </summary>
    /// <param name="environment">Each as <c>NAME=value</c>.</param>
    public static ImmutableArray<HeldVariable> Differing(
        IEnumerable<string> environment, ImmutableArray<Variable> approved)
    {
        var of = approved.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal);
        var seen = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var text in environment)
        {
            var (name, value) = text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
                ? (text[..at], text[(at + 1)..])
                : (text, "");
            if (of.GetValueOrDefault(name) != value || seen.ContainsKey(name))
                seen[Short(name)] = Shown(name, value);
        }
        var shown = seen.Take(CountMax).Select(v => new HeldVariable(v.Key, v.Value));
        return seen.Count <= CountMax ? [.. shown] : [.. shown, new HeldVariable("…", null)];
    }

    internal bool IsWhole => Name is { Length: <= NameMax + 1 } && Value is null or { Length: <= ValueMax };

    static string Short(string name) => name.Length <= NameMax ? name : string.Concat(name.AsSpan(0, NameMax), "…");

    static string? Shown(string name, string value) => value.Length > ValueMax || value.Contains('\uFFFD')
        || EnvironmentNames.IsSecret(name) || !SecretShapes.Find(value, []).IsEmpty
            ? null
            : value;
}

/// <summary>What ties a request to the run in which it stands still.</summary>
/// <param name="Parent">The request that the run carries out.</param>
public sealed record Hold(RunId Run, RequestId Parent, HeldAction Action);
