using System.Text;
using Writ.Requests;
using Writ.Runs;
using Writ.Runs.Recordings;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Sessions;
using Writ.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Writ.Server.Tests.PeoplePath;

public sealed class ApprovalTests
{
    [Fact]
    public async Task A_request_waits_in_the_inbox_until_another_person_approves()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await ada.Open();
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "ls", "-l"));
        var item = Assert.Single(await bob.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem));
        Assert.Equal(("request", "req-1", "ls -l", null), (item.Kind, item.Id, item.Title, item.MayNot));
        var mine = Assert.Single(await ada.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem));
        Assert.Contains("somebody else", mine.MayNot, StringComparison.Ordinal);

        var view = await bob.Look("req-1");
        Assert.Equal("waiting", view.State);
        Assert.Null(view.MayNot);
        Assert.Equal("writ run -- rollback", view.Rollback);
        var after = await Someone.Read(await bob.TryDispose(view), ApiJson.Default.RequestView);
        Assert.Equal("ready", after.State);
        Assert.Equal("bob", Assert.Single(after.Approvals).Person.Value);
        Assert.Equal(2, after.Entries.Length);
        Assert.Empty(await bob.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem));
    }

    [Fact]
    public async Task Nobody_approves_for_themselves_or_down_their_own_chain()
    {
        var (realm, ada, bob, cyd) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var parent = await ada.Open();
        var child = await bob.Open(parent: parent);
        PeopleRealm.Accepted(await realm.Ask(child, "req-1", "ls"));
        Assert.Equal("approval.self", await Someone.CodeOf(bob.TryDispose(await bob.Look("req-1"))));
        Assert.Equal("approval.sponsor-in-chain", await Someone.CodeOf(ada.TryDispose(await ada.Look("req-1"))));
        Assert.Equal("approval.sponsor-in-chain", (await ada.Look("req-1")).MayNot?.Code);
        Someone.Must(await cyd.TryDispose(await cyd.Look("req-1")));
    }

    [Fact]
    public async Task A_signature_is_bound_to_everything_it_was_made_for()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await ada.Open();
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "ls"));
        PeopleRealm.Accepted(await realm.Ask(session, "req-2", "cat", "x"));
        var view = await bob.Look("req-1");
        var other = await bob.Look("req-2");
        var none = "sha256:" + new string('0', 64);
        Assert.Equal("approval.other-request", await Someone.CodeOf(
            bob.TryDispose(view with { Digest = other.Digest })));
        Assert.Equal("approval.policy-changed", await Someone.CodeOf(bob.TryDispose(
            view with { Verdict = view.Verdict! with { PolicyDigest = none } })));
        Assert.Equal("approval.outdated", await Someone.CodeOf(bob.TryDispose(view with { Earlier = none })));
        foreach (var change in new Func<Writ.Approvals.ApprovalDocument, Writ.Approvals.ApprovalDocument>[]
        {
            d => d with { Realm = "other/realm" }, d => d with { Request = new RequestId("req-2") },
            d => d with { Approves = false }, d => d with { Reason = "other" },
            d => d with { Person = new PersonId("ada") },
            d => d with { ExpiresAt = d.ExpiresAt.AddMilliseconds(1) },
        })
            Assert.Equal("approval.bad-signature", await Someone.CodeOf(bob.TryDispose(view, signedInstead: change)));
        Someone.Must(await bob.TryDispose(view));
        Assert.Equal("approval.not-needed", await Someone.CodeOf(bob.TryDispose(view)));
    }

    [Fact]
    public async Task A_refusal_ends_the_request_and_the_ledger_still_tells_of_it()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var session = await ada.Open();
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "ls"));
        var view = await Someone.Read(
            await bob.TryDispose(await bob.Look("req-1"), approves: false), ApiJson.Default.RequestView);
        Assert.Equal(("closed", "approval.refused"), (view.State, view.Code));
        Someone.Must(await ada.Post(
            $"/v1/sessions/{session}/close", new CloseSessionRequest("done"), ApiJson.Default.CloseSessionRequest));
        var later = await bob.Look("req-1");
        Assert.Equal(("closed", "approval.refused"), (later.State, later.Code));
        Assert.Equal("ada", later.Accountable?.Sponsor.Value);
        Assert.Equal("request.unknown", await Someone.CodeOf(bob.Send(HttpMethod.Get, "/v1/requests/req-9")));
    }

    [Fact]
    public async Task Prompt_and_output_are_shown_with_everything_visible_that_hides()
    {
        var (realm, ada, _, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        var (blobs, ids) = (realm.App.Services.GetRequiredService<BlobStore>(), new IdSource());
        var session = await ada.Open("staging");
        var prompt = blobs.Put(Encoding.UTF8.GetBytes("please\0 \u202edelete\nit"), ids.NewSalt());
        PeopleRealm.Accepted(await realm.Submit(
            new SessionMove.RecordPrompt(session, new PromptReference("p1", prompt.Digest, (int)prompt.Bytes)),
            PeopleRealm.Agent));
        PeopleRealm.Accepted(await realm.Ask(session, "req-1", "echo", "ab"));
        var run = await realm.StartRun(new RequestId("req-1"));
        var output = blobs.Put(
            Asciicast.Write(new Recording(80, 24, DateTimeOffset.UnixEpoch, "echo ab",
                [new(1, RecordedKind.Output, "\u001b[31mre\r\nd\u202e\u0007")])), ids.NewSalt());
        PeopleRealm.Accepted(await realm.Submit(
            new RunMove.End(
                run, new RequestId("req-1"), new RunOutcome(RunEnd.Exited, 0, 5, 8, 0, output.Digest, null, null)),
            new Actor.Host("runner")));
        var view = await ada.Look("req-1");
        Assert.Equal(("closed", "run.exited"), (view.State, view.Code));
        Assert.Equal("please\\u{0} \\u{202e}delete\nit", view.Prompt);
        Assert.Equal("re\nd\\u{202e}\\u{7}", view.Output);
        Assert.Equal(0, view.Outcome?.ExitCode);
        Assert.Equal(4, view.Entries.Length);
        Assert.True(blobs.Erase(prompt.Digest));
        Assert.Null((await ada.Look("req-1")).Prompt);
    }

    [Fact]
    public async Task An_inbox_line_shows_bidirectional_characters_as_what_they_are()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        PeopleRealm.Accepted(await realm.Ask(await ada.Open(), "req-1", "echo", "a\u202eb"));
        var item = Assert.Single(await bob.Get("/v1/inbox", ApiJson.Default.ImmutableArrayInboxItem));
        Assert.Equal("echo 'a\\u{202e}b'", item.Title);
        Assert.Equal("request.nul", (Assert.IsType<Decided.Refused>(
            (await realm.Ask(await ada.Open(), "req-2", "echo", "a\0b")).Decided)).Refusal.Code);
    }

    [Fact]
    public async Task The_derived_index_is_made_again_from_the_ledger_when_it_is_gone()
    {
        var (realm, ada, bob, _) = await PeopleRealm.Peopled();
        await using var _ = realm;
        PeopleRealm.Accepted(await realm.Ask(await ada.Open(), "req-1", "ls"));
        Assert.NotEmpty((await bob.Look("req-1")).Entries);
        var services = realm.App.Services;
        using var again = new Writ.Server.Reading.DerivedIndex(
            realm.Actor, services.GetRequiredService<ILedgerStore>(),
            DataDirectory.Create(Path.Combine(realm.Root, "elsewhere")),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<Writ.Server.Reading.DerivedIndex>.Instance);
        await File.WriteAllTextAsync(Path.Combine(realm.Root, "elsewhere", "derived.db"), "not a database at all");
        await again.StartAsync(CancellationToken.None);
        Assert.True(await again.CaughtUp(TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None));
        Assert.Equal((await bob.Look("req-1")).Entries, again.EntriesOf(new RequestId("req-1")));
        await again.StopAsync(CancellationToken.None);
    }
}
