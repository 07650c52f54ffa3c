using System.Collections.Immutable;
using System.Text;
using Writ.Assistants;
using Writ.Holds;
using Writ.Policies;
using Writ.Identity;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Sessions;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>
/// The one screen on which a person decides a request: first exactly what would run, from the bytes that are signed and
/// not from anybody's account of them; then what it does, why it asks, who answers for it, and what a yes grants.
/// </summary>
static class RequestScreen
{
    const int VariablesWidth = 90;

    public static Page Of(RequestView view, DateTimeOffset now)
    {
        var page = new Page();
        page.Heading($"Request {view.Request.Id}: {view.State}{(view.Code is { } code ? $" ({code})" : "")}");
        Asked(page, view);
        Effects(page, view);
        Why(page, view);
        Who(page, view);
        Granted(page, view, now);
        Outcome(page, view);
        Actions(page, view);
        return page;
    }

    /// <summary>What is asked, as one text without anything left out.</summary>
    public static string Subject(Ask ask) => ask switch
    {
        Ask.Exec exec => VisibleText.Command(exec.Argv),
        Ask.ShellLine shell => shell.Line,
        Ask.Assistant assistant => VisibleText.Command(assistant.Argv),
        Ask.WriteFile write => $"write {write.Path} ({write.Bytes} bytes, {write.ContentDigest})",
        Ask.Connect connect => $"connect to {connect.Url}",
        Ask.CallTool tool => $"call {tool.Tool} with {tool.Summary} (input {tool.InputDigest})",
        _ => throw new InvariantBrokenException($"No screen shows {ask.GetType().Name}."),
    };

    static void Asked(Page page, RequestView view)
    {
        page.Blank();
        var ask = view.Request.Ask;
        var text = Subject(ask);
        page.Text((ask, view.Request.Hold) switch
        {
            (Ask.Exec, { }) => "Stands still inside a run, and would start this program with exactly these arguments:",
            (_, { }) => "Stands still inside a run, and would:",
            _ => Intent(ask),
        });
        // Only a line of shell has lines; a newline inside an argument stays visible as one.
        if (ask is Ask.ShellLine)
            page.Quote(text, strong: true);
        else
            page.Quote(text.Replace("\n", "\\u{a}", StringComparison.Ordinal), strong: true);
        if (VisibleText.Hides(text) || (ask is not Ask.ShellLine && text.Contains('\n', StringComparison.Ordinal)))
            page.Bad("  It contains characters that hide or reorder text; each is shown as \\u{...}.");
        if (Foreign(text) is { Length: > 0 } foreign)
            page.Warning($"  Not plain ASCII, and possibly imitating other letters: {foreign}");
        page.Field("in", view.Request.Cwd);
        if (view.Request.OutsidePath)
            page.Bad("  It reaches outside the session's work tree.");
        page.Field("digest", view.Digest);
        if (view.Request.Hold is { } hold)
            Held(page, hold);
        if (view.Request.Prepared is { } prepared)
            page.Field("carries out", $"request {prepared.Request}, which another agent prepared exactly so");
        if (view.Request.Prepares == true)
            page.Field("prepares", "it is for another agent to carry out");
        if (view.Request.Undoes is { } undoes)
            page.Field("takes back", $"run {undoes.Run}, which carried out {undoes.Request}");
        foreach (var undone in view.UndoneBy ?? [])
            page.Field("taken back by", undone.Value);
    }

    static string Intent(Ask ask) => ask switch
    {
        Ask.Exec => "Runs this program with exactly these arguments:",
        Ask.ShellLine => "Runs this line of shell:",
        Ask.Assistant => "Has this assistant live in a sandbox for its session, with exactly these arguments:",
        _ => "Asks to:",
    };

    // Where it stands, and what led there; all of it is under the digest.
    static void Held(Page page, Hold hold)
    {
        page.Field("inside run", $"{hold.Run}, which carries out {hold.Parent}");
        switch (hold.Action)
        {
            case HeldAction.Exec exec:
                var via = exec.Program.Via;
                page.Field("led there by", via.IsEmpty ? "nobody can say" : string.Join(" <- ", via));
                page.Field("asked for as", exec.Program.Name);
                page.Field("comes from", exec.Program.Origin.ToString());
                if (exec.Program.Script is { } script)
                    page.Field("script", $"{script.Path}, "
                        + (script.Digest is { } digest ? $"sha256 {digest}" : "which could not be read"));
                foreach (var variable in exec.Variables ?? [])
                    page.Field("variable", variable.Value is { } value
                        ? $"{variable.Name}={value}" : $"{variable.Name} (its value is not shown)");
                if (!exec.Program.Loaders.IsEmpty)
                    page.Bad($"  Other code is put into it by: {string.Join(", ", exec.Program.Loaders)}");
                break;
            case HeldAction.Connect connect:
                page.Field("address", connect.Address);
                if (connect.Method.Length > 0)
                    page.Field("method", connect.Method);
                page.Field("encrypted", connect.Encrypted ? "yes, so only the place can be seen" : "no");
                break;
        }
    }

    static void Effects(Page page, RequestView view)
    {
        var account = AccountOf(view);
        if (!account.IsEmpty)
        {
            page.Blank().Heading("Its commands, as this client understands them");
            CommandLines.Add(page, account);
        }
        page.Blank().Heading("What it would do");
        if (view.Verdict is not { } verdict)
        {
            page.Text("  not judged");
            return;
        }
        foreach (var effect in verdict.Effects)
        {
            var line = $"  {effect.Verb} {effect.Object.Replace("\n", "\\u{a}", StringComparison.Ordinal)}"
                + (effect.Target is { } target ? $"  on target {target}" : "")
                + (effect.Scope is { } scope ? $"  in {scope}" : "");
            if (CommandLines.IsGrave(effect.Verb))
                page.Bad(line);
            else
                page.Text(line);
        }
        foreach (var missing in Unsaid(account, verdict))
            page.Bad($"  only this client finds: {missing.Verb} {missing.Object}");
        foreach (var unknown in verdict.Unresolved)
            page.Warning($"  not understood: {unknown.Where}: {unknown.Why}");
        page.Field("environment", view.Session.Environment.Value);
        page.Field("targets", string.Join(", ", view.Session.Targets));
        page.Field("undone by", view.Rollback ?? (view.Undo?.Command is null ? "nobody has said how" : null));
        Undoing(page, view, verdict);
    }

    // What cannot be taken back is said before anybody says yes; and of the rest, whether the way back was ever tried.
    static void Undoing(Page page, RequestView view, Verdict verdict)
    {
        foreach (var effect in verdict.Effects.Where(e => view.State == "waiting" || CommandLines.IsGrave(e.Verb)))
            if (Irreversible.Why(effect, view.Undo?.TierMin) is { } why)
                page.Bad($"  cannot be undone: {effect.Verb} {VisibleText.Of(effect.Object)}: {why}");
        if (view.Undo?.Command is not { } command)
            return;
        page.Field("rollback", VisibleText.Command(command));
        if (view.Undo.Tested is { } test)
            page.Field("", $"tested: run {test.Run} of it ended well at {Moments.Text(test.At)}");
        else
            page.Warning("  The rollback is untested: no run of it has ended well.");
    }

    /// <summary>Worked out here, from the bytes that are signed.</summary>
    public static ImmutableArray<CommandAccount> AccountOf(RequestView view) =>
        CommandAccount.Of(view.Request, view.Session, PolicyKnowledge.From(view.Knowledge ?? []));

    // What the control plane leaves out would be approved unseen.
    static IEnumerable<AccountEffect> Unsaid(ImmutableArray<CommandAccount> account, Verdict verdict) =>
        account.SelectMany(c => c.Effects).Distinct()
            .Where(e => !verdict.Effects.Any(v => v.Verb == e.Verb && v.Object == e.Object));

    static void Why(Page page, RequestView view)
    {
        if (view.Verdict is not { } verdict)
            return;
        page.Blank().Heading(verdict.Kind switch
        {
            VerdictKind.Automatic => "Why it is automatic",
            VerdictKind.Approval => "Why it needs approval",
            _ => "Why it is blocked",
        });
        page.Text($"  {verdict.Why} [{verdict.Code}]");
        foreach (var gate in verdict.Gates)
            page.Text($"  asks {gate.Quorum} of {gate.Team}: {gate.Reason} (rule {gate.Policy})");
        foreach (var ground in verdict.Grounds)
            page.Text($"  {(ground.Permits ? "permits" : "forbids")} {ground.Verb}: {ground.Reason} "
                + $"(rule {ground.Policy})");
        foreach (var error in verdict.Errors)
            page.Bad($"  {error}");
        foreach (var change in PolicyExplanation.Sentences(view.Conditions ?? []))
            page.Text($"  {change}");
        page.Field("policy", verdict.PolicyDigest);
        if (view.Session.Policy is not { } own)
            return;
        page.Text($"  The session narrows itself by {own.Name}; its rules are shown as session:RULE.");
        page.Field("its digest", verdict.SessionPolicyDigest);
        page.Quote(own.Text);
    }

    static void Who(Page page, RequestView view)
    {
        page.Blank().Heading("Who");
        page.Field("agent", view.Session.Agent.Value + (view.Request.Client is { } client
            ? $" through {client.Client}{(client.SubAgent is { } sub ? $", sub-agent {sub}" : "")}" : "")
            + view.Request.Attested switch
            {
                AttestedBy.Launched => ", which Writ launched in a sandbox",
                AttestedBy.Hooked => ", known by its user alone: its hook says so",
                AttestedBy.Peer => ", known by its user alone, on the local socket",
                AttestedBy.Remote => ", from another machine",
                _ => "",
            });
        if (view.Remote is { } remote)
        {
            page.Field("through", string.Join(" <- ", remote.Chain.Select(
                l => $"{l.Agent} (known by {l.Issuer}, {l.Sponsor} answers)")));
            page.Warning("  It is on another machine: what is said of files and programs there is what it says.");
        }
        page.Field("session", $"{view.Session.Id}, workflow {view.Session.Workflow}");
        page.Field("parent", view.Session.Parent?.Value);
        page.Field("task", view.Session.Task);
        if (view.Content != ContentOrigins.None)
            page.Warning(
                $"  Text that its sponsor did not write came into this session: {Provenance.Words(view.Content)}");
        if (view.Accountable is { } people)
        {
            page.Field("sponsor", people.Sponsor.Value);
            page.Field("owners", $"workflow {people.WorkflowOwner}, platform {people.PlatformOwner}, security "
                + $"{people.SecurityOwner}, targets {string.Join(", ", people.TargetOwners)}");
        }
        if (view.Prompt is { } prompt)
        {
            page.Warning("  What led here, in somebody else's words; do not trust it:");
            page.Quote(prompt);
        }
    }

    static void Granted(Page page, RequestView view, DateTimeOffset now)
    {
        page.Blank().Heading("What a yes grants");
        page.Text(view.Request.Hold is not null ? "  to go on inside that run, once, exactly as it is shown"
            : view.Request.Ask is Ask.Assistant
            ? "  one stay of this program in a sandbox, until its session ends; what policy asks about by name is\n"
                + "  refused in there, and asked for by itself"
            : view.Request.Assurance == Assurance.Brokered
            ? "  one run by Writ, contained, of exactly this"
            : "  one use of the agent's own tool; Writ does not see what it does with it");
        if (view.Request.Ask is not Ask.Connect)
            page.Field("program", view.Request.Executable ?? "not found");
        page.Field("its sha256", view.Request.ExecutableDigest);
        foreach (var variable in view.Request.Environment)
            if (variable.Value.StartsWith(AssistantSecret.Mark, StringComparison.Ordinal))
                page.Field("a secret", $"{variable.Name}, from {variable.Value[AssistantSecret.Mark.Length..]}");
        foreach (var file in view.Request.Files ?? [])
            page.Field("file", file.Path
                + (file.Real == file.Path ? "" : $" leads to {file.Real ?? "nobody knows where"}")
                + (file.Plan is { } plan ? $" is a plan: {plan.Counts()}, workspace {plan.Workspace}" : "")
                + (file.Digest is { } content ? $", sha256 {content}" : ""));
        if (view.Request.Hold is null)
            Variables(page, view.Request.Environment);
        else
            page.Field("environment", "what its caller gives it");
        page.Field("work tree", view.Session.WorkTree);
        if (view.Reaches is { } places)
            page.Field("can reach", string.Join(", ", places));
        EgressScreen.Promised(page, view);
        LeaseScreen.Promised(page, view);
        foreach (var identity in view.Identities ?? [])
            page.Field("can act as", identity);
        if (view.ExpiresAt is { } until)
            page.Field("until", $"{Moments.Text(until)} ({Moments.Left(until, now)})");
        foreach (var approval in view.Approvals)
            page.Field("approved by", $"{approval.Person} at {Moments.Text(approval.At)}");
    }

    /// <summary>The whole environment, several to a line: a person looks for what is odd in it.</summary>
    static void Variables(Page page, ImmutableArray<Variable> environment)
    {
        var line = "";
        var label = "environment";
        foreach (var variable in environment.Select(v => $"{v.Name}={v.Value}"))
        {
            if (line.Length > 0 && line.Length + variable.Length > VariablesWidth)
            {
                page.Field(label, line);
                (label, line) = ("", "");
            }
            line += line.Length == 0 ? variable : $"  {variable}";
        }
        page.Field(label, line.Length == 0 ? "empty" : line);
    }

    static void Outcome(Page page, RequestView view)
    {
        if (view.Outcome is { } outcome)
        {
            page.Blank().Heading("What came of it");
            page.Field("ended", $"{outcome.End}, status {outcome.ExitCode}, after {outcome.DurationMs} ms");
            page.Field("detail", outcome.Detail);
            if (outcome.Containment is { } containment)
                page.Field("contained", $"{containment.Tier}, {containment.Sandbox}, "
                    + (containment.Mediated == true ? "every program decided" : "programs not decided one by one")
                    + (containment.Limits is { } limits ? $", limits by {limits}" : ""));
        }
        if (view.Changed is { } changed)
            page.Field("work tree", $"its changes: {changed.State} at {Moments.Text(changed.At)}"
                + (changed.By is { } by ? $" by {by}" : "")
                + (changed.State is "held" or "partly" ? "; see: writ changes" : ""));
        LeaseScreen.Given(page, view);
        if (view.Executions is { } executions)
            ExecutionTree.Show(page, executions);
        if (view.Egress is { } egress)
            EgressScreen.Show(page, egress);
        if (view.Killed is { } killed)
        {
            page.Blank().Heading("What stood still before it was ended");
            page.Quote(killed);
        }
        if (view.Output is { } output)
            page.Quote(output);
    }

    static void Actions(Page page, RequestView view)
    {
        if (view.BackBy is { IsDefaultOrEmpty: false } ways)
        {
            page.Blank();
            foreach (var way in ways)
                page.Text($"Take it back with: {way}");
        }
        if (view.State != "waiting")
            return;
        page.Blank();
        if (view.MayNot is { } mayNot)
            page.Warning($"You cannot approve it: {mayNot.Why} [{mayNot.Code}]");
        else
            page.Text($"Decide it with: writ approve {view.Request.Id}")
                .Text($"            or: writ refuse {view.Request.Id} --reason WHY");
    }

    static string Foreign(string text)
    {
        var seen = new List<string>();
        foreach (var rune in text.EnumerateRunes().Where(r => r.Value > 0x7E).Distinct())
            seen.Add($"{VisibleText.Of(rune.ToString())} (U+{rune.Value:X4})");
        return string.Join(", ", seen);
    }
}
