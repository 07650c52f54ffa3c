using System.Text.Json.Serialization;
using Writ.Changes;
using Writ.Egress;
using Writ.Findings;
using Writ.Foreign;
using Writ.Holds;
using Writ.Identity;
using Writ.Kills;
using Writ.Leases;
using Writ.Policies;
using Writ.Preparations;
using Writ.Realms;
using Writ.Requests;
using Writ.Rollbacks;
using Writ.Runs;
using Writ.Sessions;
using Writ.Shell;
using Writ.Trees;
using Writ.Workflows;

namespace Writ.Wire;

/// <summary>
/// A refusal on its way out: RFC 9457 problem details, with the stable code that ledger and client share.
/// </summary>
/// <param name="Next">What the reader can do about it.</param>
public sealed record Problem(string Type, string Title, int Status, string Code, string Detail, string? Next);

/// <summary>What anybody may know of a realm before logging in.</summary>
public sealed record RealmView(string Name, string Origin, string LedgerKey, string OrderKey, string PolicyDigest,
    bool Production);

/// <summary>One file of a realm directory as the client read it; YAML and Cedar are understood by the server.</summary>
public sealed record SourceFile(string Name, string Text);

/// <summary>The files of <c>writ apply -f DIR</c>.</summary>
public sealed record PreviewRequest(ImmutableArray<SourceFile> Files);

/// <summary>What applying would do: nothing is staged yet.</summary>
/// <param name="DocumentText">The exact text to sign and send; empty when there are faults.</param>
/// <param name="UntestedRollbacks">Workflows whose rollback command has never ended well as it is there.</param>
/// <param name="Evidence">What is found about a new bundle, to be signed with the text; null when there is
/// none.</param>
public sealed record Preview(
    string DocumentText, string DocumentDigest, ImmutableArray<DocumentChange> Differences,
    ImmutableArray<PolicyTextChange> PolicyTexts, ImmutableArray<DocumentFault> Faults, bool NeedsSecondPerson,
    PolicyEvidence? Evidence = null, ImmutableArray<WorkflowId>? UntestedRollbacks = null);

/// <summary>Which recorded verdicts these files would change, as a bundle.</summary>
/// <param name="Since">From when on; 30 days ago when it is left out.</param>
public sealed record ImpactRequest(ImmutableArray<SourceFile> Files, DateTimeOffset? Since);

/// <summary>How far the control plane is in judging its ledger again; nothing of nothing when it does not.</summary>
public sealed record LedgerProgress(long Taken, long Of);

/// <summary>A policy file whose text differs, whole before and after, for the client to show line by line.</summary>
public sealed record PolicyTextChange(string Name, string? Before, string? After);

public sealed record ProposeRequest(
    ChangeId Change, string DocumentText, string Reason, string Signature, PolicyReach? Reach = null,
    PolicyEvidence? Evidence = null);

public sealed record ReviewRequest(bool Approves, string Reason, string Signature, PolicyEvidence? Evidence = null);

/// <summary>A change as reviewers see it.</summary>
/// <param name="Differences">The control plane's account; who signs makes their own from the document.</param>
/// <param name="DocumentText">The document of the digest, whole; null in lists and of a change that is over.</param>
/// <param name="PolicyDigest">The bundle it would put in force; null when it leaves the policy as it is.</param>
/// <param name="Reach">Which sessions that bundle would judge.</param>
/// <param name="Evidence">What its author saw and signed.</param>
public sealed record ChangeView(
    ChangeId Id, string State, PersonId? Author, string? Reason, string? DocumentDigest, DateTimeOffset? ExpiresAt,
    ImmutableArray<PersonId> Reviewers, ImmutableArray<DocumentChange> Differences,
    ImmutableArray<PolicyTextChange> PolicyTexts, string? DocumentText, string? PolicyDigest = null,
    PolicyReach? Reach = null, PolicyEvidence? Evidence = null);

public sealed record InviteRequest(PersonId Person);

/// <summary>The one moment in which an enrolment code exists in the open.</summary>
public sealed record InviteAnswer(PersonId Person, string Code, DateTimeOffset ExpiresAt);

public sealed record EnrolRequest(PersonId Person, string Code, string Spki, string Signature);

public sealed record LoginRequest(
    PersonId Person, LoginId Login, string TokenDigest, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt,
        string Signature);

public sealed record OffboardRequest(string Reason);

public sealed record OpenSessionRequest(
    WorkflowId Workflow, AgentId? Agent, EnvironmentId? Environment, ImmutableArray<TargetId>? Targets, string Task,
    string? Purpose, int Uid, string WorkTree, string? Branch, Bounds? Bounds, SessionId? Parent,
    PolicyFile? Policy = null);

/// <param name="Remote">Who acts in it from another machine.</param>
/// <param name="Attested">How it is known who acts in it: launched (in a sandbox of ours), hooked (a process of its
/// user), or remote (by a token).</param>
public sealed record SessionView(
    SessionTerms Terms, string State, string? Code, Accountable? Accountable, string? PolicyDigest,
    DateTimeOffset? OpenedAt, DateTimeOffset? ExpiresAt, Usage? Usage, int Requests, int Waiting, int Findings,
    AssistantRun? Assistant = null, RemoteCaller? Remote = null, AttestedBy? Attested = null);

public sealed record CloseSessionRequest(string Reason);

/// <summary>What an agent's process asks over the Unix socket. Exactly one of argv, line, undoes and assistant is
/// given.</summary>
/// <param name="Undoes">A run that its workflow's own command is to take back.</param>
/// <param name="Assistant">A program that is to live in a sandbox for its session.</param>
/// <param name="Terminal">The caller's TERM, when its streams are a terminal.</param>
public sealed record SubmitRequest(
    SessionId? Session, string Cwd, ImmutableArray<string>? Argv, string? Line, string? Terminal,
        string? IdempotencyKey, RunId? Undoes = null, Ask.Assistant? Assistant = null, bool? Prepares = null,
        Preparation? Prepared = null);

/// <summary>A session that an agent opens from another machine. Who sponsors it is declared with its admission.
/// </summary>
public sealed record OpenRemoteRequest(
    WorkflowId Workflow, EnvironmentId? Environment, ImmutableArray<TargetId>? Targets, string Task, string? Purpose,
    string WorkTree, string? Branch, Bounds? Bounds, PolicyFile? Policy = null);

/// <summary>A file as an agent on another machine says it is.</summary>
public sealed record ClaimedFile(string Path, string Digest);

/// <summary>What an agent on another machine asks about. Everything in it is what it says; only what it says it does is
/// ever allowed. Exactly one of argv, line, url and write is given.</summary>
/// <param name="Executable">Where its program is there, with the digest of that.</param>
/// <param name="Files">Files of the work tree that count, with their digests.</param>
/// <param name="Prepares">It is for another agent to carry out.</param>
/// <param name="Prepared">What another agent prepared, to be carried out exactly so.</param>
public sealed record AskRemoteRequest(
    SessionId Session, string Cwd, ImmutableArray<string>? Argv = null, string? Line = null, string? Url = null,
    Ask.WriteFile? Write = null, string? Executable = null, string? ExecutableDigest = null,
    ImmutableArray<ClaimedFile>? Files = null, bool? Prepares = null, Preparation? Prepared = null);

/// <summary>How it went, as the agent says.</summary>
public sealed record ReportRemoteRequest(bool Succeeded, string? Detail = null);

/// <summary>A token that was given for others (RFC 8693, section 2.2.1).</summary>
public sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("issued_token_type")] string IssuedTokenType,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);

/// <summary>Why none was given (RFC 6749, section 5.2), with the code that the ledger has.</summary>
public sealed record TokenError(
    string Error, [property: JsonPropertyName("error_description")] string ErrorDescription, string Code);

public sealed record ApprovalView(PersonId Person, DateTimeOffset At);

/// <summary>A request with everything a person needs to decide it, and everything a client needs to sign.</summary>
/// <param name="State">waiting, ready, ordered, running, allowed or closed.</param>
/// <param name="Earlier">Digest of the approvals so far; part of what is signed.</param>
/// <param name="MayNot">Why the reader cannot decide it, or null.</param>
/// <param name="Commands">What it would run, command by command; null for what is no command.</param>
/// <param name="Knowledge">What the realm's policies say of programs, over what comes with Writ.</param>
/// <param name="Content">From where text came into the session that its sponsor did not write.</param>
/// <param name="Prompt">The text that led to it, from outside and not to be trusted; null when unknown or
/// erased.</param>
/// <param name="Executions">What was started in its run; null for the agent, and where nothing was decided.</param>
/// <param name="Undo">How a run of its workflow is taken back.</param>
/// <param name="UndoneBy">The requests that were to take its run back.</param>
/// <param name="Killed">The processes that the kill switch found, a line of JSON for each.</param>
/// <param name="Egress">What its run asked to reach; null for the agent, and where it had no way out.</param>
/// <param name="Credentials">The profiles whose credentials its run gets, as the realm has them now; the environment of
/// the request binds their digests.</param>
/// <param name="Leases">What its run got.</param>
/// <param name="Conditions">What would have to be true for it to be allowed, while it waits; else null.</param>
/// <param name="Intercepts">The places in whose requests its run's way out looks, as the realm has them now; the
/// environment of the request binds their digests.</param>
/// <param name="Run">The run that carried it out.</param>
/// <param name="BackBy">The commands of the client that could take its run back now; null for none.</param>
/// <param name="Changed">What became of what its run changed in the work tree; null where nothing was held.</param>
/// <param name="Action">Digest of what is done, for another agent to name that carries it out; of what is prepared or
/// carries out something prepared.</param>
/// <param name="Remote">Who asks from another machine.</param>
public sealed record RequestView(
    string Realm, Request Request, SessionTerms Session, Accountable? Accountable, string State, string? Code,
        string Digest,
    Verdict? Verdict, ImmutableArray<ApprovalView> Approvals, string Earlier, DateTimeOffset? RequestedAt,
    DateTimeOffset? ExpiresAt, Refusal? MayNot, string? Prompt, string? Rollback, string? Output, RunOutcome? Outcome,
    ImmutableArray<long> Entries, ExecutionsView? Executions = null,
    ImmutableArray<RuleCondition>? Conditions = null, ImmutableArray<CommandAccount>? Commands = null,
    ImmutableArray<PolicyFile>? Knowledge = null, ContentOrigins Content = ContentOrigins.None,
    string? Killed = null, EgressView? Egress = null, RollbackView? Undo = null,
    ImmutableArray<RequestId>? UndoneBy = null, ImmutableArray<string>? Reaches = null,
    ImmutableArray<PlacedProfile>? Credentials = null, ImmutableArray<LeaseView>? Leases = null,
    TreeFate? Changed = null, ImmutableArray<string>? Identities = null,
    ImmutableArray<EgressGrant>? Intercepts = null, RunId? Run = null, ImmutableArray<string>? BackBy = null,
    string? Action = null, RemoteCaller? Remote = null);

/// <summary>What a look for findings came to.</summary>
public sealed record FindingReview(int Raised, int Settled, int Open);

public sealed record FindingAcceptRequest(string Reason, DateTimeOffset Until);

public sealed record LeaseRevokeRequest(string Reason);

/// <summary>What looking through the backends found.</summary>
/// <param name="Backends">How many answered.</param>
/// <param name="Accounts">Of this realm, in all of them.</param>
/// <param name="Orphans">Accounts that no living lease explained; they are removed.</param>
/// <param name="Gone">Leases whose account was gone; they are over.</param>
public sealed record LeaseSweep(
    int Backends, int Accounts, int Orphans, int Gone, ImmutableArray<LeaseSweepFailure> Failed);

/// <summary>A backend that did not answer.</summary>
public sealed record LeaseSweepFailure(string Profile, string Code);

/// <summary>What an authority signs.</summary>
public enum AuthorityKind
{
    Ssh,
    X509,
}

/// <summary>Asks for an authority: the one there is, or a new one.</summary>
public sealed record AuthorityRequest(AuthorityKind? Kind);

/// <summary>What servers are to believe.</summary>
/// <param name="Name">As profiles name it: <c>admin</c>.</param>
/// <param name="Text">A line for TrustedUserCAKeys, or a certificate in PEM.</param>
/// <param name="IsNew">It was made just now.</param>
public sealed record AuthorityView(string Name, AuthorityKind Kind, string Text, string Fingerprint, bool IsNew);

/// <summary>What one run asked to reach: every place with its bytes, and the first connections.</summary>
/// <param name="Missing">How many more the record knows than are shown: cut here, or erased.</param>
public sealed record EgressView(
    int Count, ImmutableArray<EgressTally> Places, ImmutableArray<EgressRecord> Shown, int Missing);

/// <summary>The command that takes a run of a workflow back.</summary>
/// <param name="Command">As the workflow has it, with the names of what is filled in.</param>
/// <param name="Tested">The run that showed that it ends well; null while nothing has.</param>
/// <param name="TierMin">What the workflow demands; at T3 changes of the work tree can be undone by themselves.</param>
public sealed record RollbackView(ImmutableArray<string>? Command, RollbackTest? Tested, Tier TierMin);

/// <summary>The programs of one run: all of them counted, the first of them shown.</summary>
/// <param name="Missing">How many more the record knows than are shown: cut here, or erased.</param>
public sealed record ExecutionsView(
    int Count, ImmutableArray<ExecutionTally> Tallies, ImmutableArray<ExecutionRecord> Shown, int Missing);

/// <summary>One line of an inbox: what waits for somebody's decision.</summary>
/// <param name="Kind">request, change (of the realm), or held (what a run changed; the id is the run's).</param>
/// <param name="Does">The verbs of a request's effects, and how much of it is not understood.</param>
public sealed record InboxItem(
    string Kind, string Id, string Title, string Who, string Where, DateTimeOffset Since, DateTimeOffset ExpiresAt,
    string Why, string? MayNot, string? Does = null);

public sealed record DisposeRequest(
    string RequestDigest, string PolicyDigest, string Earlier, bool Approves, string Reason, DateTimeOffset ExpiresAt,
    string Signature, string? IdToken = null);

/// <summary>The OpenID provider with which people sign in.</summary>
/// <param name="StepUp">Approvals need a sign-in of their own beside the signature.</param>
public sealed record SignInView(string Issuer, string ClientId, bool StepUp, string? Acr);

/// <summary>A login by a sign-in with the provider: its nonce is the digest of this login.</summary>
public sealed record SignInRequest(
    LoginId Login, string TokenDigest, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string IdToken);

/// <summary>Who signed in.</summary>
public sealed record SignInAnswer(PersonId Person);

/// <summary>What a run changed in its work tree, as one line of a list.</summary>
/// <param name="State">held, partly (some of it is committed), committing, committed or undoing.</param>
/// <param name="Since">Since when it stands so.</param>
/// <param name="Until">When it is forgotten: what is held is dropped then, what is committed cannot be undone any more.
/// </param>
/// <param name="Deciders">Who may have it committed: teams, or the people who answer.</param>
/// <param name="MayNot">Why the reader may not; null when they may.</param>
public sealed record HeldView(
    RunId Run, RequestId Request, SessionId Session, WorkflowId Workflow, string WorkTree, string State, int Added,
    int Modified, int Deleted, int Refused, int Later, long Bytes, string? Problem, DateTimeOffset Since,
    DateTimeOffset Until, ImmutableArray<string> Deciders, Refusal? MayNot);

/// <summary>How what a run changed ended, or stands.</summary>
/// <param name="State">held, partly, committing, committed, undoing; or dropped, undone, discarded, expired.</param>
/// <param name="By">Who had it so; null when policy or time did.</param>
public sealed record TreeFate(string State, DateTimeOffset At, PersonId? By);

/// <summary>Content that the ledger names by the SHA-256 of salt and content.</summary>
public sealed record SaltedContent(byte[] Salt, byte[] Content);

/// <summary>How far the writing of a run's changes is.</summary>
public sealed record TreeProgress(string Doing, long Entries, long EntriesOf, long Bytes, long BytesOf);

/// <summary>What a run changed in its work tree, and where that stands.</summary>
/// <param name="State">held, partly (some of it is committed), committing, committed or undoing.</param>
/// <param name="Changes">Those that were asked for, the first of them; nothing when the list was erased.</param>
/// <param name="Omitted">How many more there are.</param>
/// <param name="MayNot">Why the reader cannot have them committed, or undone; null when they can.</param>
/// <param name="Committed">The paths that are or are being committed; where something is, none mean all.</param>
/// <param name="By">Who had them committed; null when policy did, or nobody.</param>
/// <param name="Until">When they are forgotten.</param>
public sealed record TreeView(
    string Realm, RunId Run, RequestId Request, SessionId Session, string WorkTree, string State, TreeSummary Summary,
    ImmutableArray<ListedChange> Changes, int Omitted, Refusal? MayNot, ImmutableArray<string> Committed, PersonId? By,
    DateTimeOffset Until);

public sealed record TreeCommitRequest(
    string List, ImmutableArray<string> Paths, bool ExecutesLater, DateTimeOffset ExpiresAt, string Signature);

/// <param name="List">The changes that were looked at.</param>
public sealed record TreeDiscardRequest(string List);

public sealed record TreeUndoRequest(string List, DateTimeOffset ExpiresAt, string Signature);

/// <summary>How many changes were written into the work tree, or taken out of it again.</summary>
/// <param name="Left">How many are held that could be committed too; null for what is whole.</param>
public sealed record TreeAnswer(RunId Run, int Count, int? Left = null);

public sealed record RotateRequest(string Reason);

/// <summary>One key of the issuer, as people are shown it.</summary>
/// <param name="State">published, signing, or kept (for what it signed before).</param>
public sealed record IssuerKeyView(
    string Kid, string Tier, string Use, string State, DateTimeOffset PublishedAt, DateTimeOffset ActiveFrom,
    DateTimeOffset ExpiresAt);

/// <summary>The realm's issuer.</summary>
public sealed record IdentityView(
    string TrustDomain, string Issuer, long Sequence, ImmutableArray<IssuerKeyView> Keys,
    ImmutableArray<string> Federates);

public sealed record KillRequest(Scope Scope, string Reason);

public sealed record KillView(
    KillId Id, Scope Scope, ImmutableArray<SessionId> Sessions, ImmutableArray<KillStep> Steps, int TotalMs,
        bool Completed);

/// <summary>One thing that is weaker than it could be on this machine, and what to do about it.</summary>
/// <param name="Level">ok, note, weak or broken.</param>
public sealed record DoctorFinding(string Level, string Code, string Text, string? Next);

public sealed record DoctorView(string Version, ImmutableArray<DoctorFinding> Findings);

/// <summary>
/// What a hook must print and how it must exit. Made by the server, carried out to the letter by the client.
/// </summary>
public sealed record HookAnswer(int Exit, string Stdout, string Stderr);

/// <summary>The ledger's head, as the store has it.</summary>
public sealed record LedgerView(string Origin, string LedgerKey, long Size, string Checkpoint);

/// <summary>JSON of the API: the same shapes as the ledger's where they mean the same.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(RealmView))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(Preview))]
[JsonSerializable(typeof(ProposeRequest))]
[JsonSerializable(typeof(ReviewRequest))]
[JsonSerializable(typeof(ChangeView))]
[JsonSerializable(typeof(ImmutableArray<ChangeView>))]
[JsonSerializable(typeof(InviteRequest))]
[JsonSerializable(typeof(InviteAnswer))]
[JsonSerializable(typeof(EnrolRequest))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(OffboardRequest))]
[JsonSerializable(typeof(OpenSessionRequest))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(ImmutableArray<SessionView>))]
[JsonSerializable(typeof(CloseSessionRequest))]
[JsonSerializable(typeof(SubmitRequest))]
[JsonSerializable(typeof(SignInView))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(SignInAnswer))]
[JsonSerializable(typeof(OpenRemoteRequest))]
[JsonSerializable(typeof(AskRemoteRequest))]
[JsonSerializable(typeof(ReportRemoteRequest))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(TokenError))]
[JsonSerializable(typeof(RequestView))]
[JsonSerializable(typeof(ImmutableArray<InboxItem>))]
[JsonSerializable(typeof(DisposeRequest))]
[JsonSerializable(typeof(TreeView))]
[JsonSerializable(typeof(TreeCommitRequest))]
[JsonSerializable(typeof(TreeDiscardRequest))]
[JsonSerializable(typeof(TreeUndoRequest))]
[JsonSerializable(typeof(TreeAnswer))]
[JsonSerializable(typeof(TreeProgress))]
[JsonSerializable(typeof(SaltedContent))]
[JsonSerializable(typeof(ImmutableArray<HeldView>))]
[JsonSerializable(typeof(FindingView))]
[JsonSerializable(typeof(ImmutableArray<FindingView>))]
[JsonSerializable(typeof(FindingReview))]
[JsonSerializable(typeof(FindingAcceptRequest))]
[JsonSerializable(typeof(LeaseView))]
[JsonSerializable(typeof(ImmutableArray<LeaseView>))]
[JsonSerializable(typeof(LeaseRevokeRequest))]
[JsonSerializable(typeof(LeaseSweep))]
[JsonSerializable(typeof(AuthorityRequest))]
[JsonSerializable(typeof(AuthorityView))]
[JsonSerializable(typeof(CredentialBackend.Postgres), TypeInfoPropertyName = "CredentialBackendPostgres")]
[JsonSerializable(typeof(CredentialBackend.Redis), TypeInfoPropertyName = "CredentialBackendRedis")]
[JsonSerializable(typeof(CredentialBackend.Plugin), TypeInfoPropertyName = "CredentialBackendPlugin")]
[JsonSerializable(typeof(CredentialBackend.Ssh), TypeInfoPropertyName = "CredentialBackendSsh")]
[JsonSerializable(typeof(CredentialBackend.X509), TypeInfoPropertyName = "CredentialBackendX509")]
[JsonSerializable(typeof(CredentialBackend.Oidc), TypeInfoPropertyName = "CredentialBackendOidc")]
[JsonSerializable(typeof(CredentialBackend.Vault), TypeInfoPropertyName = "CredentialBackendVault")]
[JsonSerializable(typeof(CredentialBackend.AwsSts), TypeInfoPropertyName = "CredentialBackendAwsSts")]
[JsonSerializable(typeof(CredentialBackend.GitHubApp), TypeInfoPropertyName = "CredentialBackendGitHubApp")]
[JsonSerializable(typeof(CredentialBackend.Kubernetes), TypeInfoPropertyName = "CredentialBackendKubernetes")]
[JsonSerializable(typeof(RotateRequest))]
[JsonSerializable(typeof(IdentityView))]
[JsonSerializable(typeof(KillRequest))]
[JsonSerializable(typeof(KillView))]
[JsonSerializable(typeof(DoctorView))]
[JsonSerializable(typeof(HookAnswer))]
[JsonSerializable(typeof(LedgerView))]
[JsonSerializable(typeof(RealmDocument))]
[JsonSerializable(typeof(PolicyEvidence))]
[JsonSerializable(typeof(ImpactRequest))]
[JsonSerializable(typeof(ImmutableArray<RuleCondition>))]
[JsonSerializable(typeof(LedgerProgress))]
[JsonSerializable(typeof(AgentPowers))]
[JsonSerializable(typeof(PowerPlace))]
[JsonSerializable(typeof(ImmutableArray<PublishedPolicy>))]
[JsonSerializable(typeof(Ask.Exec), TypeInfoPropertyName = "AskExec")]
[JsonSerializable(typeof(HeldAction.Exec), TypeInfoPropertyName = "HeldActionExec")]
[JsonSerializable(typeof(HeldAction.Connect), TypeInfoPropertyName = "HeldActionConnect")]
[JsonSerializable(typeof(Ask.ShellLine), TypeInfoPropertyName = "AskShellLine")]
[JsonSerializable(typeof(Ask.WriteFile), TypeInfoPropertyName = "AskWriteFile")]
[JsonSerializable(typeof(Ask.Connect), TypeInfoPropertyName = "AskConnect")]
[JsonSerializable(typeof(Ask.CallTool), TypeInfoPropertyName = "AskCallTool")]
[JsonSerializable(typeof(Ask.Assistant), TypeInfoPropertyName = "AskAssistant")]
[JsonSerializable(typeof(Request), TypeInfoPropertyName = "WritRequest")]
public sealed partial class ApiJson : JsonSerializerContext;
