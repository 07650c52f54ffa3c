using System.Text.Json.Serialization;
using Writ.Egress;
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

/// <summary>What ties a request to the run in which it stands still.</summary>
/// <param name="Parent">The request that the run carries out.</param>
public sealed record Hold(RunId Run, RequestId Parent, HeldAction Action);
