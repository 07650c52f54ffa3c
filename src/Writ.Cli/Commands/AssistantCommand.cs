using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using Writ.Cli.Arguments;
using Writ.Cli.Calling;
using Writ.Cli.Screens;
using Writ.Cli.Settings;
using Writ.Client.Connecting;
using Writ.Linux;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>
/// <c>writ session run</c>: opens a session and has its assistant live in a sandbox until one of them ends. This
/// process stays the person's; another one, <c>writ run --assistant</c>, stands for the assistant at the terminal.
/// </summary>
static class AssistantCommand
{
    public static int Run(Typed typed)
    {
        if (Path.GetDirectoryName(Environment.ProcessPath) is not { } folder)
            throw CliFaultException.Error("cli.incomplete", "this program does not know its own path");
        using var plane = new ControlPlane(new ClientSettings(typed), TimeProvider.System);
        var opened = typed.Value("--session") is null ? SessionCommands.OpenFor(plane, typed) : null;
        var session = opened?.Terms.Id ?? Named(typed);
        if (opened is not null && !typed.Json)
            Screen.Say($"writ: session {session} is open until "
                + (opened.ExpiresAt is { } until ? Moments.Text(until) : "it is closed")
                + " and ends with its assistant");
        int status;
        try
        {
            status = Start(Path.Combine(folder, "writ"), typed, session, endsSession: opened is not null);
        }
        finally
        {
            // Whatever kept the assistant from living; where it did live, the session has ended with it.
            if (opened is not null && View(plane, session).State == "open")
                plane.Post($"/v1/sessions/{session}/close", new CloseSessionRequest("its assistant is not there"),
                    ApiJson.Default.CloseSessionRequest);
        }
        if (typed.Json)
            Screen.PrintJson(new AssistantAnswer(status, View(plane, session)), CliJson.Default.AssistantAnswer);
        return status;
    }

    static SessionId Named(Typed typed)
    {
        foreach (var option in (string[])["--workflow", "--task", "--agent", "--env", "--target", "--policy",
            "--minutes", "--work-tree"])
            if (typed.Has(option))
                throw typed.Misused($"{option} is for a session that is opened; {typed.Value("--session")} is open");
        return typed.AsId<SessionId>(typed.Required("--session"));
    }

    static SessionView View(ControlPlane plane, SessionId session) =>
        plane.Get($"/v1/sessions/{session}", ApiJson.Default.SessionView);

    // The socket's answers go to whoever it is that asks there, so that what speaks for the agent is a process of its
    // own and this one goes on being a person's.
    static int Start(string writ, Typed typed, SessionId session, bool endsSession)
    {
        List<string> argv = ["writ", "run", "--assistant", "--session", session.Value];
        if (endsSession)
            argv.Add("--ends-session");
        if (typed.Number("--wait") is { } seconds)
            argv.Add(string.Create(CultureInfo.InvariantCulture, $"--wait={seconds}"));
        if (typed.Value("--socket") is { } socket)
            argv.AddRange(["--socket", socket]);
        argv.Add("--");
        argv.AddRange(typed.Operands);
        // One that can be waited for, whatever ends this process first.
        using var child = Spawning.Start(
            writ, argv, Variables(),
            [
                new(StandardStreams.Input, 0), new(StandardStreams.Output, 1), new(StandardStreams.Error, 2),
            ],
            workingDirectory: typed.Value("--work-tree") is { } tree ? Path.GetFullPath(tree)
                : Environment.CurrentDirectory);
        List<PosixSignalRegistration> signals =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
                .Select(signal => PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    // What is typed reaches both of us; what is sent reaches one.
                    if (signal is PosixSignal.SIGTERM or PosixSignal.SIGHUP)
                        child.Signal(signal == PosixSignal.SIGTERM ? Signals.Terminate : Signals.Hangup);
                })),
        ];
        try
        {
            Span<PollEntry> ended = [new PollEntry { Number = child.Descriptor.Number, WantsRead = true }];
            ExitStatus? status;
            while ((status = child.TryReap()) is null)
                _ = Polling.Wait(ended, -1);
            return status.Value.ShellStatus;
        }
        finally
        {
            signals.ForEach(s => s.Dispose());
        }
    }

    static List<string> Variables() =>
    [
        .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Where(v => v.Key is not "WRIT_SESSION")
            .Select(v => $"{v.Key}={v.Value}"),
    ];
}

/// <summary>What <c>writ session run --json</c> prints when it is over.</summary>
/// <param name="Status">The assistant's exit status, or why it did not live, as of <c>writ run</c>.</param>
sealed record AssistantAnswer(int Status, SessionView Session);
