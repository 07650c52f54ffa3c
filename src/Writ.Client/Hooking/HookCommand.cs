using System.Runtime.InteropServices;
using System.Text;
using Writ.Client.Connecting;
using Writ.Hooks;
using Writ.Wire;

namespace Writ.Client.Hooking;

/// <summary>
/// <c>writ hook claude-code</c>: hands the assistant's question to the control plane and the answer back. It fails
/// closed in every way it can fail: whatever goes wrong, the answer is deny, said as JSON and as exit 2, well before
/// the assistant loses patience and goes ahead.
/// </summary>
public static class HookCommand
{
    static int _answered;

    /// <summary>What was read so far; the answer to a fault has to name the event it answers.</summary>
    static byte[]? _input;

    public static int Run(ReadOnlySpan<string> args)
    {
        try
        {
            return RunGuarded(args);
        }
        catch (Exception fault)
        {
            // The edge of the process: a bug here must not become a yes. The message may quote input, so only its
            // kind is said.
            return Deny("hook.fault", $"the hook failed ({fault.GetType().Name})");
        }
    }

    static int RunGuarded(ReadOnlySpan<string> args)
    {
        var watch = new Thread(() =>
        {
            Thread.Sleep(HookPatience.Hook);
            End(Deny("hook.deadline", "the control plane did not answer in time"));
        })
        { IsBackground = true };
        watch.Start();
        using var term = OnSignal(PosixSignal.SIGTERM);
        using var interrupt = OnSignal(PosixSignal.SIGINT);
        using var hangUp = OnSignal(PosixSignal.SIGHUP);

        string? socket = null;
        if (args is not [ClaudeCodeHook.Client, .. var options])
            return Deny("hook.usage", $"usage: writ hook {ClaudeCodeHook.Client} [--socket PATH]");
        if (options is ["--socket", var path])
            socket = path;
        else if (!options.IsEmpty)
            return Deny("hook.usage", $"usage: writ hook {ClaudeCodeHook.Client} [--socket PATH]");
        _input = ReadInput();
        return _input is not null
            ? Ask(_input, socket)
            : Deny("hook.too-large", $"the hook's input is over {ClaudeCodeHook.BytesMax} bytes");
    }

    static int Ask(ReadOnlySpan<byte> input, string? socket)
    {
        try
        {
            using var client = AgentSocketClient.Connect(socket, HookPatience.Hook);
            var naming = Environment.GetEnvironmentVariable("WRIT_SESSION") is { Length: > 0 } id
                && IdRules.IsWellFormed(id)
                ? $"Writ-Session: {id}\r\n"
                : "";
            // The command that replaces the assistant's has to find the way that was configured here.
            if (socket is not null)
                naming += $"Writ-Socket: {Uri.EscapeDataString(socket)}\r\n";
            var answer = client.Send("POST", $"/v1/agent/hooks/{ClaudeCodeHook.Client}", input, naming);
            if (answer.Status != 200)
                return DenyProblem(answer);
            return Understand(answer.Body.Span) is { } understood
                ? Finish(understood)
                : Deny("hook.bad-answer", "the control plane's answer was not understood");
        }
        catch (UnreachableException e)
        {
            return Deny("hook.unreachable", e.Message);
        }
    }

    /// <summary>Null unless the answer is whole and says one of the two things an answer may say.</summary>
    static HookAnswer? Understand(ReadOnlySpan<byte> body) =>
        QuickJson.HookAnswer(body) is { Exit: 0 or 2 } answer
            && answer.Stdout.StartsWith('{') && answer.Stdout.EndsWith(HookReplies.Mark, StringComparison.Ordinal)
            && (answer.Exit == 0 || answer.Stderr.Length > 0)
            ? answer
            : null;

    static int DenyProblem(AgentAnswer answer) =>
        QuickJson.Problem(answer.Body) is { } problem
            ? Deny(problem.Code, problem.Detail)
            : Deny("hook.bad-answer", $"the control plane answered with status {answer.Status}");

    static byte[]? ReadInput()
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var count = StandardStreams.Input.Read(buffer.AsSpan(length));
            if (count <= 0)
                return count == 0 ? buffer[..length] : [];
            length += count;
            if (length > ClaudeCodeHook.BytesMax)
                return null;
        }
    }

    static PosixSignalRegistration OnSignal(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        End(Deny("hook.terminated", "the hook was told to end before it had an answer"));
    });

    static int Deny(string code, string why) => Finish(HookReplies.Deny(
        _input is { } input ? ClaudeCodeHook.EventOf(ClaudeCodeHook.Parse(input)) : "PreToolUse", code, why));

    // One answer per process, whoever comes first: the answer, the deadline, or a signal.
    static int Finish(HookAnswer answer)
    {
        if (Interlocked.Exchange(ref _answered, 1) != 0)
            Thread.Sleep(Timeout.Infinite);
        var written = StandardStreams.TryWriteAll(StandardStreams.Output, Encoding.UTF8.GetBytes(answer.Stdout + "\n"));
        if (answer.Stderr.Length > 0)
            StandardStreams.Say(answer.Stderr);
        return written ? answer.Exit : Exits.Usage;
    }

    static void End(int status) => Environment.Exit(status);
}
