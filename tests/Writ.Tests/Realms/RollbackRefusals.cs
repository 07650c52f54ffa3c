using System.Collections.Immutable;
using Writ.Realms;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Tests.Realms;

/// <summary>What is refused to whoever wants to take a run back.</summary>
static class RollbackRefusals
{
    public static readonly ImmutableArray<string> Command = ["git", "log", "{run}", "--since={session}"];

    public static ImmutableArray<RefusalCase> Cases { get; } =
    [
        new("rollback.unknown", _ => Given() is var (w, _, r) ? Ask(w, r with { Undoes = new Undoing(
            new RunId("ghost"), r.Undoes!.Request) }) : ""),
        // A run from before the workflow named a command is not known either.
        new("rollback.unknown", w =>
        {
            var request = w.Submit(w.OpenSession(), "ls");
            var run = Ended(w, request, w.Run(request));
            return Ask(w, Exec(w, request.Session, "git", "log") with { Undoes = new Undoing(run, request.Id) });
        }),
        new("rollback.other-workflow", _ =>
        {
            var (w, _, r) = Given();
            return Ask(w, r with { Session = w.OpenSession(workflow: "release-staging") });
        }),
        new("rollback.other-place", _ =>
        {
            var (w, _, r) = Given();
            var id = new SessionId("elsewhere");
            w.Assume(w.State with
            {
                Sessions = w.State.Sessions.SetItem(id, w.State.OpenSession(r.Session)! with
                {
                    Terms = w.State.OpenSession(r.Session)!.Terms with { Id = id, Targets = [] },
                }),
            });
            return Ask(w, r with { Session = id });
        }),
        new("rollback.none", _ =>
        {
            var (w, _, r) = Given();
            w.Assume(w.State with { Registry = World.WithEverybody().State.Registry });
            return Ask(w, r);
        }),
        new("rollback.not-fillable", _ =>
        {
            var w = With(["git", "log", "{branch}"]);
            var id = new SessionId("branchless");
            w.Must(new SessionMove.Open(Tests.Given.Terms(id, "release-prod") with { Branch = null }), w.As("alice"));
            return Ask(w, Begin(w, id));
        }),
        new("rollback.not-fillable", _ =>
        {
            var w = With(["git", "log", "{branch}"]);
            var id = new SessionId("optional");
            w.Must(new SessionMove.Open(
                Tests.Given.Terms(id, "release-prod") with { Branch = "--output=x" }), w.As("alice"));
            return Ask(w, Begin(w, id));
        }),
        new("rollback.going-on", _ =>
        {
            var w = With(Command);
            var request = w.Submit(w.OpenSession(), "git", "status");
            return Ask(w, Undo(w, request, w.Run(request)));
        }),
        new("rollback.under-way", _ =>
        {
            var (w, _, r) = Given();
            w.Submit(r);
            return Ask(w, r with { Id = new RequestId("again") });
        }),
        new("rollback.done", _ =>
        {
            var (w, _, r) = Given();
            w.Submit(r);
            Ended(w, r, w.Run(r));
            return Ask(w, r with { Id = new RequestId("again") });
        }),
        new("rollback.not-the-command", _ => Given() is var (w, _, r)
            ? Ask(w, r with { Ask = new Ask.Exec(["git", "log"]) }) : ""),
        new("rollback.not-the-command", _ => Given() is var (w, _, r)
            ? Ask(w, r with { Ask = new Ask.ShellLine("git log") }) : ""),
        new("rollback.not-the-command", _ => Given() is var (w, _, r)
            ? Ask(w, r with { Assurance = Assurance.Advisory }) : ""),
        new("rollback.not-the-command", _ => Given() is var (w, _, r)
            ? Ask(w, r with { Undoes = r.Undoes! with { Request = new RequestId("other") } }) : ""),
        new("session.not-yours", _ => Given() is var (w, _, r)
            ? w.Refuses(new RequestMove.Submit(r), new Actor.Agent(7, 1, "/usr/bin/node")) : ""),
        // The command is another one by the time it is to be carried out.
        new("rollback.not-the-command", _ =>
        {
            var (w, _, r) = Given();
            w.Submit(r);
            w.Assume(w.State with { Registry = With(["git", "log", "{request}"]).State.Registry });
            w.Must(new RequestMove.Execute(
                r.Id, new WritId("writ-x"), ((RequestState.Ready)w.StateOf(r)).Digest), World.Agent);
            return w.ClosedBy(r);
        }),
    ];

    /// <summary>A realm whose workflows take runs back by this command.</summary>
    public static World With(ImmutableArray<string> command) => World.WithEverybody(d => d with
    {
        Workflows = [.. d.Workflows.Select(w => w with { RollbackCommand = command })],
    });

    /// <summary>A run that is over, and the request that takes it back.</summary>
    public static (World World, RunId Run, Request Rollback) Given(ImmutableArray<string>? command = null)
    {
        var world = With(command ?? Command);
        var request = world.Submit(world.OpenSession(), "git", "status");
        var run = Ended(world, request, world.Run(request));
        return (world, run, Undo(world, request, run));
    }

    public static RunId Ended(World world, Request request, RunId run, int exit = 0)
    {
        world.Must(new RunMove.End(
            run, request.Id, new RunOutcome(RunEnd.Exited, exit, 1, 0, 0, null, null, null)), World.Host);
        return run;
    }

    public static Request Undo(World world, Request request, RunId run)
    {
        var session = world.State.OpenSession(request.Session)!;
        _ = RollbackRules.CommandFor(world.State, session, run, out var argv, out var undoing);
        return Exec(world, request.Session, argv.IsEmpty ? ["git", "log"] : argv) with { Undoes = undoing };
    }

    static Request Begin(World world, SessionId session)
    {
        var request = world.Submit(session, "git", "status");
        return Undo(world, request, Ended(world, request, world.Run(request)));
    }

    static Request Exec(World world, SessionId session, params ImmutableArray<string> argv) =>
        Tests.Given.Exec(world, session, argv);

    static string Ask(World world, Request request) => world.Refuses(new RequestMove.Submit(request), World.Agent);
}
