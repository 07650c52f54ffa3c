using System.Collections.Immutable;
using Writ.Documents;
using Writ.Policies;
using Writ.Wire;

namespace Writ.Cli.Commands;

/// <summary>What <c>writd init</c> says once.</summary>
sealed record InceptionAnswer(
    string Realm, string Origin, PersonId Person, string Code, DateTimeOffset ExpiresAt, string LedgerKey,
    string OrderKey);

sealed record VersionAnswer(string Version, string Engine);

sealed record WhoAmI(
    PersonId Person, string Realm, string Url, string? KeyFile, string? Login, DateTimeOffset? ExpiresAt);

sealed record Enrolled(PersonId Person, string Realm, string KeyId, string KeyFile, string LedgerKey);

/// <summary>Something that has no answer of its own was done.</summary>
sealed record Done(string Did, string? Id);

/// <summary>What an offline verification found.</summary>
/// <param name="FirstBadEntry">The first entry that is wrong, when one can be named.</param>
sealed record VerifyAnswer(
    bool Intact, string? Origin, long Entries, int People, long Approvals, long Verdicts, long Refusals, long Runs,
    string? PolicyDigest, long? FirstBadEntry, ImmutableArray<VerifyFinding> Findings);

sealed record VerifyFinding(string Code, long? Entry, string Why, string? Path);

/// <summary>What deciding a request's entries again gave.</summary>
/// <param name="PolicyDigest">The bundle that judged it.</param>
/// <param name="SessionPolicy">The session's own policy, which judged as well.</param>
sealed record ReplayAnswer(
    RequestId Request, bool Same, ImmutableArray<ReplayStep> Steps, VerifyFinding? Difference, string? PolicyDigest,
    string? SessionPolicyDigest, PolicyFile? SessionPolicy);

/// <summary>One entry about a request: what was recorded, and that the rules said the same again.</summary>
sealed record ReplayStep(long Entry, DateTimeOffset At, string Move, string Recorded, bool Same);

/// <summary>What deciding everything inside a run again gave.</summary>
/// <param name="Request">Whose run it was.</param>
/// <param name="Fault">Where the ledger itself is not what the rules make of it; then nothing behind it is decided.
/// </param>
sealed record RunReplayAnswer(
    RunId Run, RequestId Request, bool Same, RunReplayTally Programs, RunReplayTally Connections,
    ImmutableArray<RunDifference> Differences, VerifyFinding? Fault);

/// <summary>What looking at a bundle found, without a control plane.</summary>
sealed record BundleAnswer(
    bool Sound, string? Digest, BundleName Name, int Rules, ImmutableArray<PolicyFinding> Findings,
    ImmutableArray<PolicyTestResult> Tests);

/// <summary>Why a request was answered as it was.</summary>
sealed record ExplainAnswer(RequestId Request, string Asked, PolicyExplanation Explanation);

/// <summary>A session, and what may still be done in it; null once it has ended.</summary>
sealed record SessionAnswer(SessionView Session, PowerPlace? Powers);

sealed record LedgerKeyAnswer(string LedgerKey);

/// <summary>A copy of a ledger was taken.</summary>
/// <param name="Files">How many files were written, the checkpoint among them, not those that were there.</param>
sealed record CopyAnswer(string Origin, long Size, long Files, string Folder);

sealed record ProofAnswer(long Entry, string Origin, long Size, string File);

/// <summary>Everything that was changed or is to be: what runs changed and is kept, and the realm's own changes.
/// </summary>
sealed record ChangesAnswer(ImmutableArray<HeldView> Runs, ImmutableArray<ChangeView> Realm);
