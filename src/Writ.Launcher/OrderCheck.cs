using Writ.Linux;
using Writ.Runs;

namespace Writ.Launcher;

/// <summary>Whether a writ allows exactly this action, here and now. Every doubt is a refusal: "code: why".</summary>
static class OrderCheck
{
    // The issuer's clock may be this far ahead of ours.
    const long ClockSkewMilliseconds = 30_000;

    internal static WritOrder? Open(string note, OrderKey? key, long nowUnixMilliseconds, out string refusal)
    {
        refusal = "writ.no-key: the control plane's public key cannot be read";
        if (key is null)
            return null;
        refusal = "writ.forged: the writ is not signed by the control plane";
        if (OrderNote.Open(note, key) is not { } text)
            return null;
        refusal = "writ.malformed: the writ cannot be read";
        if (WritOrder.Parse(text) is not { } order)
            return null;
        refusal = "writ.not-yet-valid: the writ was issued in the future";
        if (order.IssuedAt.ToUnixTimeMilliseconds() > nowUnixMilliseconds + ClockSkewMilliseconds)
            return null;
        refusal = "writ.expired: the writ has expired";
        return order.ExpiresAt.ToUnixTimeMilliseconds() > nowUnixMilliseconds ? order : null;
    }

    /// <summary>Compares what is about to be executed, computed here, with what the writ names.</summary>
    internal static bool CoversAction(WritOrder order, LaunchDocument document, out string refusal)
    {
        refusal = "writ.tier: the containment is below what the writ demands";
        if (Rank(document.Tier) < Rank(order.TierMin) || Rank(document.Tier) > Rank("T3"))
            return false;
        refusal = "writ.other-argv: the arguments are not those of the writ";
        if (ActionDigests.Argv(document.Argv) != order.ArgvDigest)
            return false;
        refusal = "writ.other-cwd: the working directory is not that of the writ";
        if (ActionDigests.WorkingDirectory(document.WorkingDirectory) != order.CwdDigest)
            return false;
        refusal = "writ.other-environment: the environment is not that of the writ";
        return ActionDigests.Environment(document.Environment) == order.EnvironmentDigest;
    }

    internal static bool CoversExecutable(
        WritOrder order, LaunchDocument document, Descriptor executable, out string refusal)
    {
        refusal = "launch.not-executable: not a regular file";
        if (!Files.Facts(executable).IsRegular)
            return false;
        // What was hashed must be what is executed: inside the namespaces no process can write to this mount.
        refusal = "launch.executable-writable: the executable is on a writable mount";
        if (document.Tier is "T2" or "T3" && !Files.Mount(executable).ReadOnly)
            return false;
        refusal = "writ.other-executable: the executable is not that of the writ";
        return ContentDigest.Of(executable) == order.ExecutableDigest;
    }

    static int Rank(string tier) => tier switch { "T0" => 0, "T1" => 1, "T2" => 2, "T3" => 3, _ => 4 };
}
