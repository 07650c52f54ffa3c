using System.Text.Json.Serialization;
using Writ.Runs;

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
    public sealed record Exec(ExecutedProgram Program, string FileDigest, string CommandDigest, bool OwnScratch)
        : HeldAction;

    /// <summary>Reach an address through the run's own way out.</summary>
    /// <param name="Url">Scheme, host and port, and what follows them as far as it can be seen.</param>
    /// <param name="Method">Of HTTP, where it can be seen; else null.</param>
    /// <param name="Via">The programs that lead there, nearest first; empty where nobody can say.</param>
    public sealed record Connect(string Url, string? Method, ImmutableArray<string> Via) : HeldAction;
}

/// <summary>What ties a request to the run in which it stands still.</summary>
/// <param name="Parent">The request that the run carries out.</param>
public sealed record Hold(RunId Run, RequestId Parent, HeldAction Action);
