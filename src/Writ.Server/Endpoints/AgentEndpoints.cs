using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Writ.Hooks;
using Writ.Identity;
using Writ.Linux;
using Writ.Requests;
using Writ.Server.Egress;
using Writ.Server.Agents;
using Writ.Server.Assistants;
using Writ.Server.Findings;
using Writ.Server.Holding;
using Writ.Server.Hosting;
using Writ.Server.Issuing;
using Writ.Server.Leasing;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Trees;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Server.Endpoints;

/// <summary>
/// The endpoints for agents. They answer only on the Unix socket, to processes the kernel has attested; there is
/// nothing else an agent could show to prove who it is.
/// </summary>
public static class AgentEndpoints
{
    const string Prefix = "/v1/agent";
    const string SessionHeader = "Writ-Session";
    const string SocketHeader = "Writ-Socket";
    static readonly TimeSpan _stillThere = TimeSpan.FromSeconds(15);

    public static IServiceCollection AddAgentPath(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(s => AgentPathOptions.Beside(
            s.GetRequiredService<DataDirectory>(), s.GetRequiredService<WritdOptions>().Launcher) with
        {
            SessionUids = s.GetRequiredService<WritdOptions>().SessionUidRange,
            ControlGroup = s.GetRequiredService<WritdOptions>().ControlGroup,
        });
        services.TryAddSingleton(new AgentLimits());
        services.TryAddSingleton(s => s.GetRequiredService<AgentPathOptions>().CreateRunner(
            s.GetRequiredService<KeyRing>(), s.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<INameResolver, SystemResolver>();
        services.TryAddSingleton(new EgressLimits());
        services.AddSingleton<EgressFactory>();
        services.TryAddSingleton(KeyTimes.Usual);
        services.TryAddSingleton<PublishedKeys>();
        services.AddSingleton<IssuerVault>();
        services.AddSingleton<Issuer>();
        services.AddSingleton<WorkloadApi>();
        services.AddSingleton<WorkloadServer>();
        services.AddHostedService(s => s.GetRequiredService<WorkloadServer>());
        services.AddHostedService<IssuerWorker>();
        services.AddSingleton<IdentityFactory>();
        services.AddSingleton<ExecutableDigests>();
        services.AddSingleton<ActionFacts>();
        services.AddSingleton<AgentDesk>();
        services.AddSingleton<RequestHistory>();
        services.AddSingleton<CommitSignal>();
        services.AddSingleton<RunRegistry>();
        services.TryAddSingleton(new LayerLimits());
        services.AddSingleton<HeldStore>();
        services.AddSingleton<TreeDesk>();
        services.AddSingleton<IHoldingDesk, HoldingDesk>();
        services.AddSingleton<AdminFiles>();
        services.AddSingleton<Authorities>().AddSingleton<SshLogins>().AddSingleton<SignedBackends>();
        services.AddSingleton<BackendMemory>();
        services.AddSingleton<ILeaseTokens, LeaseTokens>();
        services.TryAddSingleton<ICredentialBackends, CredentialBackends>();
        services.AddSingleton<LeaseDesk>();
        services.AddSingleton<LeaseSweeper>();
        services.AddHostedService<LeaseKeeper>();
        services.TryAddSingleton(SearchLimits.Usual);
        services.AddSingleton<SecretPrints>();
        services.AddSingleton<SecretSearch>();
        services.AddSingleton<FindingDesk>();
        services.AddHostedService<FindingWorker>();
        services.AddSingleton<RunConnections>();
        services.AddSingleton<AssistantDesk>();
        services.AddSingleton<RunCoordinator>();
        services.AddSingleton<RunAsker>();
        services.AddSingleton<HookService>();
        services.AddSingleton<AgentGate>();
        return services;
    }

    public static WebApplication MapAgentEndpoints(this WebApplication app)
    {
        // Subscribed before the first move, so that they miss none.
        _ = app.Services.GetRequiredService<RequestHistory>();
        _ = app.Services.GetRequiredService<RunRegistry>();
        var gate = app.Services.GetRequiredService<AgentGate>();
        app.MapGet($"{Prefix}/health", context => gate.Question(context, Health));
        app.MapPost($"{Prefix}/hooks/{{client}}", context => gate.Question(context, Hook));
        app.MapPost($"{Prefix}/requests", context => gate.Question(context, Submit));
        app.MapGet($"{Prefix}/requests/{{id}}", context => gate.Question(context, Show));
        app.MapGet($"{Prefix}/requests/{{id}}/wait", context => gate.Wait(context, Wait));
        app.MapPost($"{Prefix}/requests/{{id}}/run", context => gate.Run(context, Run));
        app.MapPost($"{Prefix}/run", context => gate.Run(context, AskAndRun));
        app.MapGet($"{Prefix}/session", context => gate.Question(context, Session));
        return app;
    }

    static Task Health(HttpContext context, Actor.Agent peer, CancellationToken cancel) =>
        AgentProblems.WriteBody(context, "application/json", """{"status":"ok"}"""u8.ToArray());

    static async Task Hook(HttpContext context, Actor.Agent peer, CancellationToken cancel)
    {
        var hooks = context.RequestServices.GetRequiredService<HookService>();
        HookAnswer answer;
        if ((string?)context.Request.RouteValues["client"] != ClaudeCodeHook.Client)
            answer = HookReplies.Deny("", "hook.unknown-client",
                "This version of Writ does not know this assistant's hooks.");
        else if (await AgentGate.ReadBody(context, ClaudeCodeHook.BytesMax, cancel) is not { } body)
            answer = HookReplies.Deny("", "hook.too-large",
                $"The hook's input is over {ClaudeCodeHook.BytesMax} bytes.");
        else if (!TryNamed(context.Request.Headers[SessionHeader].ToString(), out var named))
            answer = HookReplies.Deny("", "session.unknown", "The session's name is no name.");
        else
            answer = await hooks.Answer(peer, body, named, SocketOf(context), cancel);
        await AgentProblems.WriteBody(
            context, "application/json", JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Default.HookAnswer));
    }

    static async Task Submit(HttpContext context, Actor.Agent peer, CancellationToken cancel)
    {
        var desk = context.RequestServices.GetRequiredService<AgentDesk>();
        var limits = context.RequestServices.GetRequiredService<AgentLimits>();
        var body = await AgentGate.ReadBody(context, limits.BodyBytesMax, cancel);
        if (AgentQuestion.Read(desk, limits, peer, body, out var question) is { } no)
        {
            await AgentProblems.Write(context, no);
            return;
        }
        switch (await desk.Ask(peer, question, cancel))
        {
            case Asked.Refused refused:
                await AgentProblems.Write(context, refused.Refusal);
                break;
            case Asked.Judged judged:
                await WriteView(context, RequestViews.Judged(judged));
                break;
        }
    }

    static async Task Show(HttpContext context, Actor.Agent peer, CancellationToken cancel)
    {
        if (View(context, peer) is { } view)
            await WriteView(context, view);
        else
            await AgentProblems.Write(context, Unknown(context));
    }

    static async Task Wait(HttpContext context, Actor.Agent peer, CancellationToken cancel)
    {
        var signal = context.RequestServices.GetRequiredService<CommitSignal>();
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var next = signal.Next;
        if (View(context, peer) is not { } view)
        {
            await AgentProblems.Write(context, Unknown(context));
            return;
        }
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        var shown = "";
        while (true)
        {
            if (view.State != shown)
            {
                shown = view.State;
                var json = JsonSerializer.Serialize(view, ApiJson.Default.RequestView);
                await context.Response.WriteAsync($"event: request\ndata: {json}\n\n", cancel);
                await context.Response.Body.FlushAsync(cancel);
            }
            if (shown != "waiting")
                return;
            if (await Task.WhenAny(next, Task.Delay(_stillThere, time, cancel)) != next)
            {
                cancel.ThrowIfCancellationRequested();
                await context.Response.WriteAsync(": still waiting\n\n", cancel);
                await context.Response.Body.FlushAsync(cancel);
            }
            next = signal.Next;
            view = View(context, peer) ?? view with { State = "closed", Code = "session.ended" };
        }
    }

    static Task Run(HttpContext context, Actor.Agent peer, CancellationToken cancel) =>
        context.RequestServices.GetRequiredService<RunCoordinator>()
            .Carry(context, peer, IdOf(context), TerminalOf(context));

    static Task AskAndRun(HttpContext context, Actor.Agent peer, CancellationToken cancel) =>
        context.RequestServices.GetRequiredService<RunAsker>().Answer(context, peer, TerminalOf(context));

    static WindowSize? TerminalOf(HttpContext context) =>
        ushort.TryParse(context.Request.Query["rows"], NumberStyles.None, CultureInfo.InvariantCulture, out var rows)
        && ushort.TryParse(context.Request.Query["cols"], NumberStyles.None, CultureInfo.InvariantCulture,
            out var columns)
            ? new WindowSize(rows, columns)
            : null;

    static async Task Session(HttpContext context, Actor.Agent peer, CancellationToken cancel)
    {
        var desk = context.RequestServices.GetRequiredService<AgentDesk>();
        var cwd = context.Request.Query["cwd"].ToString();
        if (!cwd.StartsWith('/') || cwd.Length > AgentQuestion.CwdMax
            || !TryNamed(context.Request.Query["session"].ToString(), out var named))
            await AgentProblems.Write(context, new Refusal("session.malformed",
                "A session is asked for by an absolute cwd."));
        else if (desk.FindSession(peer, named, cwd, out var session) is { } no)
            await AgentProblems.Write(context, no);
        else
            await AgentProblems.WriteBody(context, "application/json",
                JsonSerializer.SerializeToUtf8Bytes(RequestViews.Of(session), ApiJson.Default.SessionView));
    }

    static string? SocketOf(HttpContext context) =>
        Uri.UnescapeDataString(context.Request.Headers[SocketHeader].ToString()) is ['/', ..] path
            && path.Length <= AgentQuestion.CwdMax
        && !path.Any(char.IsControl)
            ? path
            : null;

    static RequestView? View(HttpContext context, Actor.Agent peer) => RequestViews.Of(
        context.RequestServices.GetRequiredService<RealmActor>().State,
        context.RequestServices.GetRequiredService<RequestHistory>(), IdOf(context), peer);

    static RequestId IdOf(HttpContext context) => new((string?)context.Request.RouteValues["id"] ?? "");

    static Refusal Unknown(HttpContext context) =>
        new("request.unknown", "There is no such request of yours, or it is long over.");

    static bool TryNamed(string text, out SessionId? named)
    {
        named = text.Length == 0 ? null : new SessionId(text);
        return text.Length == 0 || IdRules.IsWellFormed(text);
    }

    static Task WriteView(HttpContext context, RequestView view) => AgentProblems.WriteBody(
        context, "application/json", JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.RequestView));
}
