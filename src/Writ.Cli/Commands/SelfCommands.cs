using System.Collections.Immutable;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Requests;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>What the client says about itself, its settings, and what is weaker than it could be.</summary>
static class SelfCommands
{
    static string OwnVersion => typeof(SelfCommands).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "0.0.0";

    public static int Version(Typed typed)
    {
        var answer = new VersionAnswer(OwnVersion, Verdict.EngineVersion);
        if (typed.Json)
            Screen.PrintJson(answer, CliJson.Default.VersionAnswer);
        else
            Screen.Print($"writ {answer.Version} ({answer.Engine})");
        return Exits.Ok;
    }

    public static int ShowConfig(Typed typed)
    {
        var settings = new ClientSettings(typed).All;
        if (typed.Json)
            Screen.PrintJson(settings, CliJson.Default.ImmutableArraySetting);
        else
            Screen.Show(new Page().Table([.. settings.Select(s => typed.Has("--origin")
                ? new[] { s.Name, s.Origin, s.Value ?? "-" }
                : [s.Name, s.Value ?? "-"])]), asMessage: false);
        return Exits.Ok;
    }

    public static int Complete(Typed typed)
    {
        Screen.PrintRaw(System.Text.Encoding.UTF8.GetBytes(typed.RequiredOperand switch
        {
            "bash" => Completion.Bash(CommandTable.All),
            "zsh" => Completion.Zsh(CommandTable.All),
            "fish" => Completion.Fish(CommandTable.All),
            _ => throw typed.Misused("SHELL is bash, zsh or fish"),
        }));
        return Exits.Ok;
    }

    public static int Doctor(Typed typed)
    {
        var settings = new ClientSettings(typed);
        var own = Local(settings).ToImmutableArray();
        using var plane = new ControlPlane(settings, TimeProvider.System);
        var view = plane.Get("/v1/doctor", ApiJson.Default.DoctorView);
        view = view with { Findings = [.. own, .. view.Findings] };
        if (typed.Json)
            Screen.PrintJson(view, ApiJson.Default.DoctorView);
        else
            Screen.Show(Of(view), asMessage: false);
        return view.Findings.Any(f => f.Level == "broken") ? Exits.Error : Exits.Ok;
    }

    static Page Of(DoctorView view)
    {
        var page = new Page().Heading($"writ {OwnVersion}, writd {view.Version}");
        foreach (var finding in view.Findings)
        {
            var line = $"{finding.Level,-6} {finding.Text} [{finding.Code}]";
            _ = finding.Level switch
            {
                "ok" => page.Good(line),
                "broken" => page.Bad(line),
                "weak" => page.Warning(line),
                _ => page.Text(line),
            };
            if (finding.Next is { } next)
                page.Text($"       {next}");
        }
        return page;
    }

    static IEnumerable<DoctorFinding> Local(ClientSettings settings)
    {
        if (Directory.Exists(settings.Folder) && PrivateFiles.IsOpenToOthers(Path.Combine(settings.Folder, "keys")))
            yield return new DoctorFinding(
                "weak", "client.folder-open", "Others can look into the folder of your keys.",
                $"chmod 700 {Path.Combine(settings.Folder, "keys")}");
        if (settings.PersonOrNull is not { } person)
            yield return new DoctorFinding(
                "note", "client.nobody", "No person is set on this device.", "writ enrol PERSON --code CODE");
        else if (!File.Exists(settings.KeyPath(person)))
            yield return new DoctorFinding("note", "client.no-key", $"There is no key of {person} on this device.",
                $"writ enrol {person} --code CODE");
        else if (PrivateFiles.IsOpenToOthers(settings.KeyPath(person)))
            yield return new DoctorFinding("broken", "key.readable-by-others", $"Others can read the key of {person}.",
                $"chmod 600 {settings.KeyPath(person)}");
    }
}
