using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Writ.Cli.Connecting;
using Writ.Hooks;
using Writ.Linux;

namespace Writ.Cli.Hooking;

/// <summary>
/// <c>writ agent install claude-code</c>: places the hook in the assistant's settings, after showing the difference,
/// and
/// proves the placement by running the very line it configured with an input that has to be denied.
/// </summary>
public static class AgentInstallCommand
{
    const string Usage = "usage: writ agent install claude-code [--user|--managed] [--dry-run] [--yes] [--socket PATH]";
    const string ManagedFile = "/etc/claude-code/managed-settings.json";

    // rw-r--r--
    const int PublicFile = 0x1A4;

    static readonly TimeSpan _proofMax = TimeSpan.FromSeconds(15);

    public static int Run(ReadOnlySpan<string> args)
    {
        if (args is not ["install", ClaudeCodeHook.Client, .. var options])
            return Misused();
        var (managed, dryRun, yes, socket) = (ThisProcess.EffectiveUid == 0, false, false, (string?)null);
        for (var i = 0; i < options.Length; i++)
            switch (options[i])
            {
                case "--user":
                    managed = false;
                    break;
                case "--managed":
                    managed = true;
                    break;
                case "--dry-run":
                    dryRun = true;
                    break;
                case "--yes":
                    yes = true;
                    break;
                case "--socket" when i + 1 < options.Length && options[i + 1].StartsWith('/'):
                    socket = options[++i];
                    break;
                default:
                    return Misused();
            }
        var file = managed ? ManagedFile : UserFile();
        if (file is null || Environment.ProcessPath is not { } writ)
            return Failed("there is no home directory to install into, or this program does not know its own path");
        try
        {
            return Install(file, HookLine.Of(writ, socket), managed, dryRun, yes);
        }
        catch (JsonException e)
        {
            return Failed($"{file}: {e.Message} It was left as it is; mend it first.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Failed($"{file}: {e.Message}");
        }
    }

    static int Install(string file, string line, bool managed, bool dryRun, bool yes)
    {
        var before = File.Exists(file) ? File.ReadAllText(file) : null;
        var after = HookSettings.With(before, line, managed);
        var difference = UnifiedDiff.Of(file, before, after);
        if (difference.Length == 0)
            StandardStreams.Say($"writ: {file} is as it should be already");
        else
            StandardStreams.Print(difference.TrimEnd('\n'));
        if (dryRun)
            return AgentExitCodes.Ok;
        if (difference.Length > 0)
        {
            if (!yes && !Agrees(file))
                return Failed("nothing was changed");
            Write(file, before, after);
        }
        if (!managed)
            StandardStreams.Say("writ: note: an agent that may write these settings can switch the hook off; where "
                + "you can, "
                + "use --managed (as root)");
        return Prove(line);
    }

    static string? UserFile()
    {
        // The assistant itself reads its settings from there when the variable is set.
        var folder = Environment.GetEnvironmentVariable("CLAUDE_CONFIG_DIR") is { Length: > 0 } named
            ? named
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".claude") : null;
        return folder is null ? null : Path.Combine(folder, "settings.json");
    }

    static bool Agrees(string file)
    {
        if (!Terminal.IsTerminal(StandardStreams.Input))
        {
            StandardStreams.Say("writ: there is no terminal to ask on; say --yes to change the file");
            return false;
        }
        StandardStreams.Say($"writ: change {file}? [y/N]");
        Span<byte> answer = stackalloc byte[64];
        var count = StandardStreams.Input.Read(answer);
        return count > 0 && answer[0] is (byte)'y' or (byte)'Y';
    }

    // Complete or unchanged: an assistant that starts meanwhile must not read half of it.
    static void Write(string file, string? before, string after)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var mode = Files.TryFacts(file)?.Mode ?? PublicFile;
        if (before is not null)
        {
            var backup = Backup(file);
            File.Copy(file, backup);
            StandardStreams.Say($"writ: kept {backup}");
        }
        var beside = file + ".writ-new";
        File.WriteAllText(beside, after);
        Files.SetMode(beside, mode);
        File.Move(beside, file, overwrite: true);
        StandardStreams.Say($"writ: wrote {file}");
    }

    static string Backup(string file)
    {
        for (var number = 1; ; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{file}.before-writ.{number}");
            if (!File.Exists(name))
                return name;
        }
    }

    /// <summary>The line as the assistant would run it, asked for a tool that does not exist: it has to be
    /// denied.</summary>
    static int Prove(string line)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", line])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new IOException("/bin/sh cannot be started");
        process.StandardInput.Write(
            """{"session_id":"writ-placement-proof","cwd":"/","hook_event_name":"PreToolUse","tool_name":"WritPlacementProof","tool_input":{}}""");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_proofMax))
        {
            process.Kill(entireProcessTree: true);
            return Failed("the configured line did not end in time");
        }
        var (said, why) = (output.GetAwaiter().GetResult().Trim(), error.GetAwaiter().GetResult().Trim());
        StandardStreams.Print($"proof: exit {process.ExitCode}\nproof: {said}\nproof: {why}");
        if (process.ExitCode != 2 || why.Length == 0)
            return Failed("the configured line did not deny; do not use the assistant until this is understood");
        if (why.Contains("[hook.unreachable]", StringComparison.Ordinal))
            StandardStreams.Say("writ: it denies, but only because the control plane does not answer; start writd");
        StandardStreams.Say("writ: the configured line denies what it does not know");
        return AgentExitCodes.Ok;
    }

    static int Misused()
    {
        StandardStreams.Say(Usage);
        return AgentExitCodes.Usage;
    }

    static int Failed(string why)
    {
        StandardStreams.Say($"writ: {why}");
        return AgentExitCodes.Error;
    }
}
