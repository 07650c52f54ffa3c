using System.Collections.Immutable;
using Writ.Egress;
using Writ.Holds;
using Writ.Requests;
using Writ.Runs;
using Writ.Shell;
using Writ.Shell.Knowledge;
using Writ.Wire;

namespace Writ.Tests.Realms;

/// <summary>Something stands still inside a run until people have decided.</summary>
public sealed class HoldTests
{
    static readonly string Digest = new('d', 64);

    [Fact]
    public void What_is_held_is_asked_like_a_request_and_bound_to_everything_that_is_shown()
    {
        var given = HoldRefusals.Given();
        var held = given.Held("rm", "x");
        var waiting = (RequestState.Waiting)given.World.StateOf(held);
        Assert.Equal("deletes", waiting.Verdict.Gates.Single().Policy);
        Assert.Equal(given.World.Now.AddSeconds(60), waiting.ExpiresAt);
        // Every part of the hold is under the digest that people sign.
        var exec = (HeldAction.Exec)held.Hold!.Action;
        Request[] others =
        [
            held with { Hold = held.Hold with { Run = new RunId("other") } },
            held with { Hold = held.Hold with { Parent = new RequestId("other") } },
            With(exec with { CommandDigest = new string('0', 64) }),
            With(exec with { FileDigest = new string('0', 64) }),
            With(exec with { Program = exec.Program with { Via = ["make"] } }),
            With(exec with { Program = exec.Program with { Origin = ExecutableOrigin.WorkTree } }),
            With(exec with { Program = exec.Program with
                { Script = new ExecutedScript("/x", ExecutableOrigin.WorkTree, Digest, 1) } }),
        ];
        Assert.Equal(others.Length + 1, others.Append(held).Select(RequestRules.Digest).Distinct().Count());

        Request With(HeldAction action) => held with { Hold = held.Hold with { Action = action } };
    }

    [Fact]
    public void It_waits_no_longer_than_its_run_and_its_session()
    {
        var given = HoldRefusals.Given(new HoldBounds(4, 3_600));
        var world = given.World;
        var soon = given.Asked("rm", "x");
        world.Must(new HoldMove.Open(soon, world.Now.AddSeconds(5)), World.Host);
        Assert.Equal(world.Now.AddSeconds(5), ((RequestState.Waiting)world.StateOf(soon)).ExpiresAt);
        world.Now = world.Now.AddMinutes(30);
        var late = given.Held("rm", "y");
        Assert.Equal(
            world.State.OpenSession(late.Session)!.ExpiresAt, ((RequestState.Waiting)world.StateOf(late)).ExpiresAt);
    }

    [Fact]
    public void It_is_judged_again_with_what_people_signed_and_goes_on_once()
    {
        var given = HoldRefusals.Given();
        var held = given.Held("rm", "x");
        given.World.Dispose(held, "bob");
        Assert.IsType<RequestState.Waiting>(given.World.StateOf(held));
        given.World.Dispose(held, "carol");
        Assert.IsType<RequestState.Ready>(given.World.StateOf(held));
        Assert.IsType<HoldEvent.LetGo>(given.World.Must(new HoldMove.Go(held.Id), World.Host).Single());
        Assert.Equal("hold.let-go", given.World.ClosedBy(held));
    }

    [Fact]
    public void Who_goes_by_two_names_needs_what_both_of_them_need()
    {
        var given = HoldRefusals.Given();
        var program = HoldRefusals.Program("rm", "x") with { Argv = ["python3", "x"] };
        var asked = HoldRules.RequestOf(
            new RequestId("two"), given.Parent,
            new Hold(given.Run, given.Parent.Id, new HeldAction.Exec(program, Digest, Digest, true)));
        given.World.Must(new HoldMove.Open(asked, given.Until), World.Host);
        var waiting = (RequestState.Waiting)given.World.StateOf(asked);
        Assert.Equal(
            ["code", "deletes", "unknown"],
            waiting.Verdict.Gates.Select(g => g.Policy).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_policy_blocks_waits_for_nobody()
    {
        var given = HoldRefusals.Given();
        var asked = given.Asked("sudo", "id");
        given.World.Must(new HoldMove.Open(asked, given.Until), World.Host);
        Assert.Equal("policy.blocked", given.World.ClosedBy(asked));
    }

    static Request Reaching(HoldRefusals.HoldGiven given, string host, string address) => HoldRules.RequestOf(
        new RequestId("net"), given.Parent,
        new Hold(given.Run, given.Parent.Id, new HeldAction.Connect(
            EgressVia.Http, host, 80, "GET", "/", Encrypted: false, address)));

    [Theory]
    [InlineData("other.example", "93.184.216.34", "net.not-granted")]
    [InlineData("site.example", "10.0.0.1", "net.address-refused")]
    [InlineData("site.example", "169.254.169.254", "net.address-refused")]
    [InlineData("SITE.example", "93.184.216.34", "hold.malformed")]
    [InlineData("site.example", "not an address", "hold.malformed")]
    public void A_connection_that_nobody_may_make_waits_for_nobody(string host, string address, string code)
    {
        var given = HoldRefusals.Given(egress: [new("site.example", 80)]);
        Assert.Equal(code, given.World.Refuses(
            new HoldMove.Open(Reaching(given, host, address), given.Until), World.Host));
    }

    [Fact]
    public void A_connection_waits_the_same_way()
    {
        var given = HoldRefusals.Given(egress: [new("site.example", 80)]);
        var asked = Reaching(given, "site.example", "93.184.216.34");
        given.World.Must(new HoldMove.Open(asked, given.Until), World.Host);
        // This realm's policy permits the network: it could go on at once.
        Assert.IsType<RequestState.Ready>(given.World.StateOf(asked));
        Assert.IsType<HoldEvent.LetGo>(given.World.Must(new HoldMove.Go(asked.Id), World.Host).Single());
    }

    [Fact]
    public void A_connection_that_waits_has_the_verbs_of_its_runs_command()
    {
        var given = HoldRefusals.Given(egress: [new("site.example", 80)]);
        var asked = Reaching(given, "site.example", "93.184.216.34");
        var session = given.World.State.OpenSession(asked.Session)!;
        var parent = HoldRules.ParentOf(session, asked);
        var facts = HoldRules.Facts(asked, session.Terms, ProgramKnowledge.Shipped, parent).Single().Facts;
        Assert.Contains(Verbs.RepoRead, facts.RunVerbs);
        Assert.DoesNotContain(Verbs.RepoRead, facts.Effects.Select(e => e.Verb));
    }

    [Fact]
    public void The_end_of_a_run_ends_what_waits_in_it_and_nothing_else()
    {
        var given = HoldRefusals.Given();
        var (first, second) = (given.Held("rm", "a"), given.Approved("rm", "b"));
        var beside = given.World.Submit(given.Parent.Session, "terraform", "apply");
        var outcome = new RunOutcome(RunEnd.Lost, -1, 0, 0, 0, null, null, "restarted");
        given.World.Must(new RunMove.End(given.Run, given.Parent.Id, outcome), World.Host);
        Assert.Equal(["hold.run-over", "hold.run-over"], [given.World.ClosedBy(first), given.World.ClosedBy(second)]);
        Assert.IsType<RequestState.Waiting>(given.World.StateOf(beside));
    }

    [Fact]
    public void A_run_asks_again_only_when_there_is_room_and_not_for_ever()
    {
        var given = HoldRefusals.Given(new HoldBounds(1, 60));
        for (var i = 0; i < HoldRules.HoldsPerRunMax; i++)
        {
            var held = given.Held("rm", $"x{i}");
            Assert.Equal(
                i == HoldRules.HoldsPerRunMax - 1 ? "hold.too-often" : "hold.too-many",
                HoldRules.MayNot(given.World.State, given.Run, given.Parent.Id)?.Code);
            given.World.Must(new HoldMove.Withdraw(held.Id), World.Host);
        }
        Assert.Equal("hold.too-often", HoldRules.MayNot(given.World.State, given.Run, given.Parent.Id)?.Code);
    }

    [Fact]
    public void Whoever_shows_it_finds_the_same_effects_from_the_bytes_that_are_signed()
    {
        var given = HoldRefusals.Given();
        var held = given.Held("rm", "x", "/tmp/own");
        var verdict = ((RequestState.Waiting)given.World.StateOf(held)).Verdict;
        var terms = given.World.State.OpenSession(held.Session)!.Terms;
        var account = CommandAccount.Of(held, terms, Writ.Shell.Knowledge.ProgramKnowledge.Shipped);
        Assert.Equal(
            verdict.Effects.Select(e => (e.Verb, e.Object)),
            account.SelectMany(c => c.Effects).Select(e => (e.Verb, e.Object)).Distinct());
        Assert.DoesNotContain(verdict.Effects, e => e.Object == "/tmp/own");
    }

    [Fact]
    public void An_audit_decides_every_entry_about_it_again()
    {
        var given = HoldRefusals.Given();
        var approved = given.Approved("rm", "x");
        given.World.Must(new HoldMove.Go(approved.Id), World.Host);
        given.World.Must(new HoldMove.Withdraw(given.Held("rm", "y").Id), World.Host);
        _ = given.World.Refuses(new HoldMove.Go(approved.Id), World.Host);
        var audit = new DecisionAudit();
        foreach (var entry in given.World.Entries)
            Assert.Null(audit.Take(entry.ToBytes().Span));
        // A forged going on is found.
        var last = given.World.Entries[^1];
        var forged = last with { Data = last.Data with { Refusal = null, Events = [new HoldEvent.LetGo()] } };
        var again = new DecisionAudit();
        foreach (var entry in given.World.Entries.SkipLast(1))
            Assert.Null(again.Take(entry));
        Assert.Equal("audit.decided-otherwise", again.Take(forged)?.Code);
    }
}
