using System.Text.Json.Serialization;
using Writ.Approvals;
using Writ.Changes;
using Writ.Findings;
using Writ.Foreign;
using Writ.Holds;
using Writ.Identity;
using Writ.Kills;
using Writ.Leases;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;
using Writ.Trees;

namespace Writ;

/// <summary>
/// An input of the realm's state machine. (A "command" is always what an agent runs.) Each aggregate nests its own
/// moves; the discriminators below are the stable names in ledger entries and are never reused.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(RealmMove.Create), "realm.create")]
[JsonDerivedType(typeof(RealmMove.Tick), "realm.tick")]
[JsonDerivedType(typeof(RealmMove.RaiseFinding), "realm.finding")]
[JsonDerivedType(typeof(PersonMove.Invite), "person.invite")]
[JsonDerivedType(typeof(PersonMove.Enrol), "person.enrol")]
[JsonDerivedType(typeof(PersonMove.LogIn), "person.log-in")]
[JsonDerivedType(typeof(PersonMove.LogOut), "person.log-out")]
[JsonDerivedType(typeof(PersonMove.Offboard), "person.offboard")]
[JsonDerivedType(typeof(ChangeMove.Stage), "change.stage")]
[JsonDerivedType(typeof(ChangeMove.Propose), "change.propose")]
[JsonDerivedType(typeof(ChangeMove.Review), "change.review")]
[JsonDerivedType(typeof(SessionMove.Open), "session.open")]
[JsonDerivedType(typeof(SessionMove.Close), "session.close")]
[JsonDerivedType(typeof(SessionMove.Attach), "session.attach")]
[JsonDerivedType(typeof(SessionMove.RecordPrompt), "session.prompt")]
[JsonDerivedType(typeof(SessionMove.TakeIn), "session.take-in")]
[JsonDerivedType(typeof(RequestMove.Submit), "request.submit")]
[JsonDerivedType(typeof(RequestMove.Allow), "request.allow")]
[JsonDerivedType(typeof(RequestMove.Execute), "request.execute")]
[JsonDerivedType(typeof(RequestMove.Report), "request.report")]
[JsonDerivedType(typeof(ApprovalMove.Dispose), "approval.dispose")]
[JsonDerivedType(typeof(RunMove.Consume), "run.consume")]
[JsonDerivedType(typeof(RunMove.RecordExecutions), "run.executions")]
[JsonDerivedType(typeof(RunMove.RecordEgress), "run.egress")]
[JsonDerivedType(typeof(RunMove.End), "run.end")]
[JsonDerivedType(typeof(LeaseMove.Intend), "lease.intend")]
[JsonDerivedType(typeof(LeaseMove.Issue), "lease.issue")]
[JsonDerivedType(typeof(LeaseMove.Renew), "lease.renew")]
[JsonDerivedType(typeof(LeaseMove.Revoke), "lease.revoke")]
[JsonDerivedType(typeof(LeaseMove.Confirm), "lease.confirm")]
[JsonDerivedType(typeof(LeaseMove.Fail), "lease.fail")]
[JsonDerivedType(typeof(HoldMove.Open), "hold.open")]
[JsonDerivedType(typeof(HoldMove.Go), "hold.go")]
[JsonDerivedType(typeof(HoldMove.Withdraw), "hold.withdraw")]
[JsonDerivedType(typeof(TreeMove.Record), "tree.record")]
[JsonDerivedType(typeof(TreeMove.Commit), "tree.commit")]
[JsonDerivedType(typeof(TreeMove.Discard), "tree.discard")]
[JsonDerivedType(typeof(TreeMove.Undo), "tree.undo")]
[JsonDerivedType(typeof(TreeMove.Settle), "tree.settle")]
[JsonDerivedType(typeof(IdentityMove.Publish), "identity.publish")]
[JsonDerivedType(typeof(IdentityMove.Retire), "identity.retire")]
[JsonDerivedType(typeof(IdentityMove.Rotate), "identity.rotate")]
[JsonDerivedType(typeof(IdentityMove.Issue), "identity.issue")]
[JsonDerivedType(typeof(FindingMove.Review), "finding.review")]
[JsonDerivedType(typeof(FindingMove.Report), "finding.report")]
[JsonDerivedType(typeof(FindingMove.Accept), "finding.accept")]
[JsonDerivedType(typeof(KillMove.Order), "kill.order")]
[JsonDerivedType(typeof(KillMove.Complete), "kill.complete")]
[JsonDerivedType(typeof(KillMove.Resume), "kill.resume")]
[JsonDerivedType(typeof(ForeignMove.Exchange), "foreign.exchange")]
[JsonDerivedType(typeof(PersonMove.SignIn), "person.sign-in")]
public abstract record Move;

/// <summary>What came of an accepted move. Together with its move it is all that state is folded from.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(RealmEvent.Created), "realm.created")]
[JsonDerivedType(typeof(RealmEvent.FindingRaised), "realm.finding-raised")]
[JsonDerivedType(typeof(PersonEvent.Invited), "person.invited")]
[JsonDerivedType(typeof(PersonEvent.Enrolled), "person.enrolled")]
[JsonDerivedType(typeof(PersonEvent.LoggedIn), "person.logged-in")]
[JsonDerivedType(typeof(PersonEvent.LoggedOut), "person.logged-out")]
[JsonDerivedType(typeof(PersonEvent.Offboarded), "person.offboarded")]
[JsonDerivedType(typeof(ChangeEvent.Staged), "change.staged")]
[JsonDerivedType(typeof(ChangeEvent.Proposed), "change.proposed")]
[JsonDerivedType(typeof(ChangeEvent.Reviewed), "change.reviewed")]
[JsonDerivedType(typeof(ChangeEvent.Applied), "change.applied")]
[JsonDerivedType(typeof(ChangeEvent.Closed), "change.closed")]
[JsonDerivedType(typeof(SessionEvent.Opened), "session.opened")]
[JsonDerivedType(typeof(SessionEvent.Ended), "session.ended")]
[JsonDerivedType(typeof(SessionEvent.Attached), "session.attached")]
[JsonDerivedType(typeof(SessionEvent.PromptRecorded), "session.prompt-recorded")]
[JsonDerivedType(typeof(SessionEvent.TakenIn), "session.taken-in")]
[JsonDerivedType(typeof(RequestEvent.Judged), "request.judged")]
[JsonDerivedType(typeof(RequestEvent.Allowed), "request.allowed")]
[JsonDerivedType(typeof(RequestEvent.Closed), "request.closed")]
[JsonDerivedType(typeof(RequestEvent.Reported), "request.reported")]
[JsonDerivedType(typeof(ApprovalEvent.Given), "approval.given")]
[JsonDerivedType(typeof(ApprovalEvent.Completed), "approval.completed")]
[JsonDerivedType(typeof(RunEvent.WritIssued), "writ.issued")]
[JsonDerivedType(typeof(RunEvent.WritConsumed), "writ.consumed")]
[JsonDerivedType(typeof(RunEvent.ExecutionsRecorded), "run.executions-recorded")]
[JsonDerivedType(typeof(RunEvent.EgressRecorded), "run.egress-recorded")]
[JsonDerivedType(typeof(RunEvent.Ended), "run.ended")]
[JsonDerivedType(typeof(LeaseEvent.Requested), "lease.requested")]
[JsonDerivedType(typeof(LeaseEvent.IntentRecorded), "lease.intent-recorded")]
[JsonDerivedType(typeof(LeaseEvent.Issued), "lease.issued")]
[JsonDerivedType(typeof(LeaseEvent.Renewed), "lease.renewed")]
[JsonDerivedType(typeof(LeaseEvent.Revoking), "lease.revocation-begun")]
[JsonDerivedType(typeof(LeaseEvent.RevocationFailed), "lease.revocation-failed")]
[JsonDerivedType(typeof(LeaseEvent.Ended), "lease.ended")]
[JsonDerivedType(typeof(HoldEvent.LetGo), "hold.let-go")]
[JsonDerivedType(typeof(TreeEvent.Recorded), "tree.recorded")]
[JsonDerivedType(typeof(TreeEvent.CommitOrdered), "tree.commit-ordered")]
[JsonDerivedType(typeof(TreeEvent.UndoOrdered), "tree.undo-ordered")]
[JsonDerivedType(typeof(TreeEvent.Settled), "tree.settled")]
[JsonDerivedType(typeof(TreeEvent.RestDropped), "tree.rest-dropped")]
[JsonDerivedType(typeof(TreeEvent.Forgotten), "tree.forgotten")]
[JsonDerivedType(typeof(IdentityEvent.Published), "identity.published")]
[JsonDerivedType(typeof(IdentityEvent.Retired), "identity.retired")]
[JsonDerivedType(typeof(IdentityEvent.Rotated), "identity.rotated")]
[JsonDerivedType(typeof(IdentityEvent.Issued), "identity.issued")]
[JsonDerivedType(typeof(FindingEvent.Raised), "finding.raised")]
[JsonDerivedType(typeof(FindingEvent.Settled), "finding.settled")]
[JsonDerivedType(typeof(FindingEvent.Accepted), "finding.accepted")]
[JsonDerivedType(typeof(KillEvent.Ordered), "kill.ordered")]
[JsonDerivedType(typeof(KillEvent.Completed), "kill.completed")]
[JsonDerivedType(typeof(KillEvent.Resumed), "kill.resumed")]
[JsonDerivedType(typeof(ForeignEvent.Exchanged), "foreign.exchanged")]
[JsonDerivedType(typeof(PersonEvent.SignedIn), "person.signed-in")]
public abstract record Event;

/// <summary>One accepted event with its move and time: what a fold sees.</summary>
public readonly record struct Happened(Event Event, Move Move, Actor Actor, DateTimeOffset At);
