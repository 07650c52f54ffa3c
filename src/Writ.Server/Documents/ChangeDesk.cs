using System.Collections.Immutable;
using Writ.Changes;
using Writ.Documents;
using Writ.People;
using Writ.Policies;
using Writ.Realms;
using Writ.Rollbacks;
using Writ.Server.Endpoints;
using Writ.Server.Sequencer;
using Writ.Wire;

namespace Writ.Server.Documents;

/// <summary>
/// Changes of the realm on their way: looked at before anything is written, then staged part by part.
/// </summary>
public sealed class ChangeDesk(RealmActor realm, Submission submission, PolicyDesk policies)
{
    /// <summary>What applying these files would do, or everything that is wrong with them.</summary>
    public Task<Preview> Preview(ImmutableArray<SourceFile> files, PersonId author, CancellationToken cancel)
    {
        var state = realm.State;
        var (document, faults) = RealmDirectoryReader.Read(files, state.Registry.Offboarded);
        return document is null ? Task.FromResult(Faulty(faults)) : Preview(state, document, author, cancel);
    }

    /// <summary>What putting this bundle in force would do, in the realm as it is.</summary>
    public Task<Preview> PreviewPolicy(PolicySource bundle, PersonId author, CancellationToken cancel)
    {
        var state = realm.State;
        return Preview(state, state.Registry.Document with { Policy = bundle }, author, cancel);
    }

    async Task<Preview> Preview(
        RealmState state, RealmDocument document, PersonId author, CancellationToken cancel)
    {
        var (next, faults) = Registry.From(document, state.Registry.Offboarded);
        if (next is null)
            return Faulty(faults);
        var text = ChangeQuery.Text(document);
        if (ChangeQuery.Parts(text).Length > ChangeQuery.PartsMax)
            return Faulty(
                [new DocumentFault("$", "change.too-large", "The whole realm does not fit a change; split it up.")]);
        var differences = DocumentDiff.Between(state.Registry.Document, document);
        return new Preview(
            text, Signatures.Sha256(text), differences, DocumentDiff.PolicyTexts(state.Registry.Document, document),
            [],
            ChangeQuery.NeedsSecondPerson(state, author, differences),
            next.Policy.Digest == state.Registry.Policy.Digest ? null : await policies.Look(next, null, cancel),
            Untested(state, document));
    }

    static ImmutableArray<WorkflowId>? Untested(RealmState state, RealmDocument document)
    {
        ImmutableArray<WorkflowId> untested =
            [.. document.Workflows.Where(w => RollbackRules.IsUntested(state, w)).Select(w => w.Id)];
        return untested.IsEmpty ? null : untested;
    }

    /// <summary>Everything that is wrong with a document, as the one refusal it leaves as.</summary>
    public static RefusedException Invalid(ImmutableArray<DocumentFault> faults) => new(new Refusal(
        faults.Any(f => f.Code == "change.not-a-document") ? "change.not-a-document" : "change.invalid",
        string.Join(" ", faults.Take(20).Select(f => $"{f.Path}: {f.Why}"))));

    /// <summary>Stages the parts that are not staged yet, then proposes; a refusal leaves as an exception.</summary>
    public async Task<ChangeView> Propose(HttpContext http, ProposeRequest request, Actor.Person author)
    {
        var text = request.DocumentText;
        var (document, faults) = ChangeQuery.Read(realm.State, text);
        if (document is null)
            throw Invalid(faults);
        if (request.Evidence is { } evidence)
            await policies.Require(
                evidence, Registry.From(document, realm.State.Registry.Offboarded).Registry!, http.RequestAborted);
        var parts = ChangeQuery.Parts(text);
        if (parts.Length > ChangeQuery.PartsMax)
            throw new RefusedException(new Refusal("change.too-large", "The whole realm does not fit a change."));
        var digest = Signatures.Sha256(text);
        for (var i = 0; i < parts.Length; i++)
            await Stage(new ChangeMove.Stage(digest, i, parts.Length, parts[i]), author);
        var accepted = await submission.Submit(
            http, new ChangeMove.Propose(
                request.Change, digest, author.Id, request.Reason, request.Signature, request.Reach, request.Evidence),
            author);
        return View(accepted.Answer.After, accepted.Answer.After.Changes[request.Change]) with
        {
            Author = author.Id,
            Reason = request.Reason,
            DocumentDigest = digest,
        };
    }

    /// <summary>One person's word on a change; a refusal leaves as an exception.</summary>
    public async Task<ChangeView> Review(HttpContext http, ChangeMove.Review review, Actor.Person reviewer)
    {
        if (review.Evidence is { } evidence
            && realm.State.Changes.GetValueOrDefault(review.Change) is ChangeState.Pending pending
            && ChangeQuery.StagedRegistry(realm.State, pending.DocumentDigest) is { } next)
            await policies.Require(evidence, next, http.RequestAborted);
        var after = (await submission.Submit(http, review, reviewer)).Answer.After;
        return View(after, after.Changes[review.Change]);
    }

    /// <summary>A change as reviewers see it; of a closed one only what became of it.</summary>
    /// <param name="whole">With the document itself, which a list leaves out for its size.</param>
    public static ChangeView View(RealmState state, ChangeState change, bool whole = false)
    {
        switch (change)
        {
            case ChangeState.Pending pending:
                var staged = ChangeQuery.Staged(state, pending.DocumentDigest);
                var now = state.Registry.Document;
                return new ChangeView(
                    pending.Id, "pending", pending.Author, pending.Reason, pending.DocumentDigest, pending.ExpiresAt,
                    [.. pending.Reviews.Select(r => r.Person)],
                    staged is null ? [] : DocumentDiff.Between(now, staged),
                    staged is null ? [] : DocumentDiff.PolicyTexts(now, staged),
                    whole && staged is not null ? state.Staged[pending.DocumentDigest].Text() : null,
                    staged?.Policy.Digest() is { } policy && policy != state.Registry.Policy.Digest ? policy : null,
                    pending.Reach, pending.Evidence);
            case ChangeState.Closed closed:
                // change.applied is shown as applied: the family is known.
                return new ChangeView(
                    closed.Id, closed.Code[(closed.Code.IndexOf('.', StringComparison.Ordinal) + 1)..],
                    Author: null, Reason: null, DocumentDigest: null, ExpiresAt: null, [], [], [],
                    DocumentText: null);
            default:
                throw new InvariantBrokenException("A change is pending or closed.");
        }
    }

    static Preview Faulty(ImmutableArray<DocumentFault> faults) =>
        new("", "", [], [], faults, NeedsSecondPerson: false);

    async Task Stage(ChangeMove.Stage part, Actor.Person author)
    {
        if (realm.State.Staged.GetValueOrDefault(part.Digest) is { } staged && staged.Parts.ContainsKey(part.Index))
            return;
        var answer = await submission.SubmitOnce(part, author);
        // Somebody else staged the same part between the look and the move: then it is there, which is all we want.
        if (answer.Decided is Decided.Refused { Refusal: { } no } && no.Code != "change.part-repeated")
            throw new RefusedException(no);
    }
}
