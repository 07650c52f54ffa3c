using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Writ.Client.Connecting;
using Writ.Hooks;
using Writ.Linux;
using Writ.Trees;

namespace Writ.Cli.Hooking;

/// <summary>
/// <c>writ agent install claude-code</c>: places the hook in the assistant's settings, after showing the difference,
/// and proves the placement by running the very line it configured with an input that has to be denied.
/// </summary>
public static class AgentInstallCommand
{
    const string ManagedFile = "/etc/claude-code/managed-settings.json";

    const string Usage = """
        usage: writ agent install claude-code [--user|--managed [--root DIR]] [--dry-run] [--yes] [--socket PATH]

          --managed      for every user of this machine, where no user can switch it off (the default for root)
          --user         in your own settings (the default for everybody else)
          --root DIR     with --managed: below DIR, as for the image of another machine
          --dry-run      only show what would change
          --yes          do not ask before changing the file
          --socket PATH  where the control plane's socket for agents is

        For example:
          writ agent install claude-code --dry-run
          sudo writ agent install claude-code --managed --yes
        """;

    // rw-r--r--
    const int PublicFile = 0x1A4;

    static readonly TimeSpan _proofMax = TimeSpan.FromSeconds(15);

    public static int Run(ReadOnlySpan<string> args)
    {
        if (args.IndexOfAny("--help", "-h") >= 0)
        {
            StandardStreams.Print(Usage);
            return Exits.Ok;
        }
        if (args is not ["install", ClaudeCodeHook.Client, .. var options])
            return Misused();
        var (managed, dryRun, yes) = (ThisProcess.EffectiveUid == 0, false, false);
        var (socket, root) = ((string?)null, "");
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
                case "--root" when i + 1 < options.Length && options[i + 1].StartsWith('/'):
                    root = options[++i].TrimEnd('/');
                    break;
                case "--socket" when i + 1 < options.Length && options[i + 1].StartsWith('/'):
                    socket = options[++i];
                    break;
                default:
                    return Misused();
            }
        if (root.Length > 0 && !managed)
            return Misused();
        var file = managed ? root + ManagedFile : UserFile();
        if (file is null || Path.GetDirectoryName(Environment.ProcessPath) is not { } folder)
            return Failed("there is no home directory to install into, or this program does not know its own path");
        // The hook is the other program's: this one takes longer to start than a hook may take.
        var writ = Path.Combine(folder, "writ");
        try
        {
            var installed = Install(file, HookLine.Of(writ, socket), managed, dryRun, yes);
            if (managed && !dryRun && installed == Exits.Ok)
                WarnOfOpenPlaces(file, writ);
            return installed;
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
            return Exits.Ok;
        if (difference.Length > 0)
        {
            if (!yes && !Agrees(file))
                return Failed("nothing was changed");
            Write(file, before, after);
        }
        if (!managed)
            StandardStreams.Say("writ: note: an agent that may write these settings can switch the hook off; "
                + "where you can, use --managed (as root)");
        return IsPlaced(file, line) ? Prove(line) : Failed($"{file} does not hold what was written to it");
    }

    // What the assistant will read, not what we meant to write.
    static bool IsPlaced(string file, string line)
    {
        using var settings = JsonDocument.Parse(File.ReadAllText(file));
        return HookSettings.Holds(settings.RootElement, line);
    }

    /// <summary>Managed settings hold only as far as nobody else can change them, or the program they name.</summary>
    static void WarnOfOpenPlaces(string file, string writ)
    {
        const int writableByOthers = 0x12;
        foreach (var path in (ReadOnlySpan<string>)[Path.GetDirectoryName(file)!, file, writ])
            if (Files.TryFacts(path) is { } facts && (facts.OwnerUid != 0 || (facts.Mode & writableByOthers) != 0))
                StandardStreams.Say(
                    $"writ: note: {path} can be changed by others than root, and the hook switched off with it");
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
        // Made anew, so that a link somebody left under this name leads nowhere.
        File.Delete(beside);
        using (var made = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            made.Write(System.Text.Encoding.UTF8.GetBytes(after));
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

    /// <summary>
    /// The line as the assistant would run it, asked for a tool that does not exist: it has to be denied.
    /// </summary>
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
        return Exits.Ok;
    }

    static int Misused()
    {
        StandardStreams.Say(Usage);
        return Exits.Usage;
    }

    static int Failed(string why)
    {
        StandardStreams.Say($"writ: {why}");
        return Exits.Error;
    }
}
