using System.Text;
using System.Text.Json;
using Writ.Assistants;
using Writ.Client.Connecting;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Client.Running;

/// <summary>
/// What the client answers in an assistant's sandbox beside hook and run: which session this is. Everything else is for
/// people, whose door does not lead in here.
/// </summary>
public static class InsideCommands
{
    const string Usage = """
        In an assistant's sandbox there are:
          writ run -- CMD [ARG]...       ask for a command, which is carried out in a sandbox of its own
          writ run --request ID          carry out what was asked before, once it is approved
          writ session show [--json]     say in which session this is
        Everything else is for people, outside.
        """;

    static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    /// <summary>This process is in an assistant's sandbox, as far as it was told.</summary>
    public static bool IsInside =>
        Environment.GetEnvironmentVariable("WRIT_SOCKET") == AssistantPlaces.SocketPath
        && File.Exists(AssistantPlaces.SocketPath);

    public static int Run(ReadOnlySpan<string> args)
    {
        if (args is ["session", "show", .. var rest])
        {
            var json = rest.Contains("--json");
            foreach (var word in rest)
                if (word != "--json" && !IdRules.IsWellFormed(word))
                    return Say(Exits.Usage);
            try
            {
                return Show(rest.ToArray().FirstOrDefault(w => w != "--json"), json);
            }
            catch (UnreachableException e)
            {
                StandardStreams.Say($"writ: {e.Message} [control-plane.unreachable]");
                return Exits.Unreachable;
            }
        }
        if (args is ["session", "run" or "open", ..])
        {
            StandardStreams.Say("writ: a session is opened by a person, outside of this sandbox; work in the one that "
                + "is there: writ session show [assistant.inside]");
            return Exits.Blocked;
        }
        if (args is not ([] or ["--help" or "-h" or "help", ..]))
            StandardStreams.Say("writ: this is for people, and this is an assistant's sandbox [person.inside-session]");
        return Say(args is ["--help" or "-h" or "help", ..] ? Exits.Ok : Exits.Refused);
    }

    static int Say(int status)
    {
        StandardStreams.Say(Usage);
        return status;
    }

    static int Show(string? named, bool json)
    {
        using var client = AgentSocketClient.Connect(AssistantPlaces.SocketPath, _patience);
        var id = named ?? Environment.GetEnvironmentVariable("WRIT_SESSION");
        var answer = client.Send("GET", $"/v1/agent/session?cwd=/&session={id}", []);
        if (answer.Status != 200)
        {
            var problem = QuickJson.Problem(answer.Body) ?? throw NotUnderstood(answer);
            StandardStreams.Say($"writ: {VisibleText.Of(problem.Detail)} [{problem.Code}]");
            return Exits.For(problem);
        }
        var told = QuickJson.Read(answer.Body, Tell) ?? throw NotUnderstood(answer);
        StandardStreams.Print(json ? Encoding.UTF8.GetString(answer.Body.Span) : told);
        return Exits.Ok;
    }

    /// <summary>What a <see cref="SessionView"/> says, in a few lines.</summary>
    static string Tell(JsonElement view)
    {
        var (terms, used) = (view.GetProperty("terms"), QuickJson.Optional(view, "usage"));
        var bounds = terms.GetProperty("bounds");
        return $"""
            Session {Of("id")} of agent {Of("agent")} in workflow {Of("workflow")}, {Of("environment")}.
              task       {Of("task")}
              work tree  {Of("workTree")}
              commands   {Count("commands")}
              writes     {Count("writes")}
              deletions  {Count("deletions")}
              until      {QuickJson.Optional(view, "expiresAt")?.GetDateTimeOffset():yyyy-MM-dd HH:mm:ss}Z
            """;

        string Of(string name) => VisibleText.Of(QuickJson.Text(terms, name));

        string Count(string name) => $"{used?.GetProperty(name).GetInt64()} of {bounds.GetProperty(name).GetInt64()}";
    }

    static UnreachableException NotUnderstood(AgentAnswer answer) =>
        new($"the control plane's answer was not understood (status {answer.Status})");
}
