using Writ.Shell;

namespace Writ.Hooks;

/// <summary>
/// The command line an assistant is configured with: not a path but an inline script for /bin/sh, so that a missing,
/// broken or hanging client is also a no. It accepts one thing: a whole answer with its exit status. Every real
/// assistant takes silence, noise or a crash of its hook for a yes.
/// </summary>
public static class HookLine
{
    public static string Of(string writPath, string? socket)
    {
        var hook = VisibleText.Command(
            [writPath, "hook", ClaudeCodeHook.Client, .. socket is null ? (string[])[] : ["--socket", socket]]);
        return $"o=$(timeout -k 1 {(int)HookPatience.Line.TotalSeconds} {hook}); r=$?; case \"$r:$o\" in "
            + $"0:'{{'*'{HookReplies.Mark}') printf '%s\\n' \"$o\"; exit 0;; "
            + $"2:'{{'*'{HookReplies.Mark}') printf '%s\\n' \"$o\"; exit 2;; esac; "
            + "echo \"Writ: the hook failed (status $r), so this is denied. [hook.fault]\" >&2; exit 2";
    }
}
