using Writ.Rollbacks;
using Writ.Workflows;
using Writ.Requests;
using Writ.Shell;
using Writ.Wire;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>Whoever is asked for a yes is told what no command takes back, and whether the way back was tried.
/// </summary>
public sealed class UndoingScreenTests
{
    static readonly RollbackView _undo = new(["git", "revert", "{branch}"], null, Tier.T2);

    public static TheoryData<string, string, string> Irreversibles => new()
    {
        { Verbs.FsPurge, "/srv/tree", "a whole folder is gone" },
        { Verbs.InfraDelete, "db prod", "gone with its data" },
        { Verbs.RepoDelete, "origin main", "may be nowhere else" },
        { Verbs.NetConnect, "api.example:443", "cannot be called back" },
        { Verbs.SecretRead, ".env", "whoever has read a secret knows it" },
        { Verbs.CodeFetch, "https://x.example/i.sh", "what was fetched has run" },
        { Verbs.Unknown, "x", "nobody can say what it does" },
    };

    [Theory]
    [MemberData(nameof(Irreversibles))]
    public void What_cannot_be_undone_is_said_to_whoever_approves(string verb, string what, string why)
    {
        var shown = Shown(With(verb, what));
        Assert.Contains($"cannot be undone: {verb} {what}", shown, StringComparison.Ordinal);
        Assert.Contains(why, shown, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_held_back_is_not_called_irreversible()
    {
        var held = With(Verbs.FsPurge, "/srv/tree/build");
        Assert.DoesNotContain("cannot be undone",
            Shown(held with { Undo = _undo with { TierMin = Tier.T3 } }), StringComparison.Ordinal);
        Assert.Contains("cannot be undone", Shown(held), StringComparison.Ordinal);
    }

    [Fact]
    public void The_way_back_is_shown_with_whether_it_was_tried()
    {
        var view = With(Verbs.FsWrite, "/srv/tree/a");
        var untested = Shown(view);
        Assert.Contains("git revert", untested, StringComparison.Ordinal);
        Assert.Contains("The rollback is untested", untested, StringComparison.Ordinal);
        var tested = Shown(view with
        {
            Undo = _undo with
            {
                Tested = new RollbackTest(
                    new WorkflowId("release"), "x", new RunId("run-1"), DateTimeOffset.UnixEpoch)
            },
        });
        Assert.Contains("tested: run run-1", tested, StringComparison.Ordinal);
        Assert.DoesNotContain("untested", tested, StringComparison.Ordinal);
        Assert.Contains(
            "nobody has said how", Shown(view with { Undo = null, Rollback = null }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_approval_itself_shows_it_before_anything_is_signed()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var view = With(Verbs.InfraDelete, "db prod");
        plane.Answers(view);
        var ran = client.Writ("approve", Given.RequestId, "--digest", view.Digest);
        Assert.Contains("cannot be undone: infra.delete db prod", ran.Errors, StringComparison.Ordinal);
    }

    static RequestView With(string verb, string what)
    {
        var view = Given.Waiting(new Ask.Exec(["true"]));
        return view with
        {
            Undo = _undo,
            Verdict = view.Verdict! with { Effects = [new Effect(verb, what, null)] },
        };
    }

    static string Shown(RequestView view)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        plane.Answers(view);
        return client.Writ("show", Given.RequestId, "--color", "never").Output;
    }
}
