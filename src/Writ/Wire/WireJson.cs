using System.Text.Json.Serialization;
using Writ.Approvals;
using Writ.Changes;
using Writ.Kills;
using Writ.People;
using Writ.Realms;
using Writ.Requests;
using Writ.Runs;
using Writ.Sessions;

namespace Writ.Wire;

/// <summary>Everything that is written as JSON, by generated code: one contract for ledger, API and client.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Move))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(Actor))]
[JsonSerializable(typeof(EntryContent))]
[JsonSerializable(typeof(RealmDocument))]
[JsonSerializable(typeof(RealmSnapshot))]
[JsonSerializable(typeof(BoundFacts))]
[JsonSerializable(typeof(PolicyEvidence))]
// Cases of different families share short names; generated code needs a name for each.
[JsonSerializable(typeof(RealmMove.Create), TypeInfoPropertyName = "RealmMoveCreate")]
[JsonSerializable(typeof(RealmMove.Tick), TypeInfoPropertyName = "RealmMoveTick")]
[JsonSerializable(typeof(RealmMove.RaiseFinding), TypeInfoPropertyName = "RealmMoveRaiseFinding")]
[JsonSerializable(typeof(PersonMove.Invite), TypeInfoPropertyName = "PersonMoveInvite")]
[JsonSerializable(typeof(PersonMove.Enrol), TypeInfoPropertyName = "PersonMoveEnrol")]
[JsonSerializable(typeof(PersonMove.LogIn), TypeInfoPropertyName = "PersonMoveLogIn")]
[JsonSerializable(typeof(PersonMove.LogOut), TypeInfoPropertyName = "PersonMoveLogOut")]
[JsonSerializable(typeof(PersonMove.Offboard), TypeInfoPropertyName = "PersonMoveOffboard")]
[JsonSerializable(typeof(ChangeMove.Stage), TypeInfoPropertyName = "ChangeMoveStage")]
[JsonSerializable(typeof(ChangeMove.Propose), TypeInfoPropertyName = "ChangeMovePropose")]
[JsonSerializable(typeof(ChangeMove.Review), TypeInfoPropertyName = "ChangeMoveReview")]
[JsonSerializable(typeof(SessionMove.Open), TypeInfoPropertyName = "SessionMoveOpen")]
[JsonSerializable(typeof(SessionMove.Close), TypeInfoPropertyName = "SessionMoveClose")]
[JsonSerializable(typeof(SessionMove.Attach), TypeInfoPropertyName = "SessionMoveAttach")]
[JsonSerializable(typeof(SessionMove.RecordPrompt), TypeInfoPropertyName = "SessionMoveRecordPrompt")]
[JsonSerializable(typeof(RequestMove.Submit), TypeInfoPropertyName = "RequestMoveSubmit")]
[JsonSerializable(typeof(RequestMove.Allow), TypeInfoPropertyName = "RequestMoveAllow")]
[JsonSerializable(typeof(RequestMove.Execute), TypeInfoPropertyName = "RequestMoveExecute")]
[JsonSerializable(typeof(RequestMove.Report), TypeInfoPropertyName = "RequestMoveReport")]
[JsonSerializable(typeof(ApprovalMove.Dispose), TypeInfoPropertyName = "ApprovalMoveDispose")]
[JsonSerializable(typeof(RunMove.Consume), TypeInfoPropertyName = "RunMoveConsume")]
[JsonSerializable(typeof(RunMove.RecordExecutions), TypeInfoPropertyName = "RunMoveRecordExecutions")]
[JsonSerializable(typeof(ExecutionRecord))]
[JsonSerializable(typeof(RunMove.End), TypeInfoPropertyName = "RunMoveEnd")]
[JsonSerializable(typeof(KillMove.Order), TypeInfoPropertyName = "KillMoveOrder")]
[JsonSerializable(typeof(KillMove.Complete), TypeInfoPropertyName = "KillMoveComplete")]
[JsonSerializable(typeof(KillMove.Resume), TypeInfoPropertyName = "KillMoveResume")]
[JsonSerializable(typeof(RealmEvent.Created), TypeInfoPropertyName = "RealmEventCreated")]
[JsonSerializable(typeof(RealmEvent.FindingRaised), TypeInfoPropertyName = "RealmEventFindingRaised")]
[JsonSerializable(typeof(PersonEvent.Invited), TypeInfoPropertyName = "PersonEventInvited")]
[JsonSerializable(typeof(PersonEvent.Enrolled), TypeInfoPropertyName = "PersonEventEnrolled")]
[JsonSerializable(typeof(PersonEvent.LoggedIn), TypeInfoPropertyName = "PersonEventLoggedIn")]
[JsonSerializable(typeof(PersonEvent.LoggedOut), TypeInfoPropertyName = "PersonEventLoggedOut")]
[JsonSerializable(typeof(PersonEvent.Offboarded), TypeInfoPropertyName = "PersonEventOffboarded")]
[JsonSerializable(typeof(ChangeEvent.Staged), TypeInfoPropertyName = "ChangeEventStaged")]
[JsonSerializable(typeof(ChangeEvent.Proposed), TypeInfoPropertyName = "ChangeEventProposed")]
[JsonSerializable(typeof(ChangeEvent.Reviewed), TypeInfoPropertyName = "ChangeEventReviewed")]
[JsonSerializable(typeof(ChangeEvent.Applied), TypeInfoPropertyName = "ChangeEventApplied")]
[JsonSerializable(typeof(ChangeEvent.Closed), TypeInfoPropertyName = "ChangeEventClosed")]
[JsonSerializable(typeof(SessionEvent.Opened), TypeInfoPropertyName = "SessionEventOpened")]
[JsonSerializable(typeof(SessionEvent.Ended), TypeInfoPropertyName = "SessionEventEnded")]
[JsonSerializable(typeof(SessionEvent.Attached), TypeInfoPropertyName = "SessionEventAttached")]
[JsonSerializable(typeof(SessionEvent.PromptRecorded), TypeInfoPropertyName = "SessionEventPromptRecorded")]
[JsonSerializable(typeof(RequestEvent.Judged), TypeInfoPropertyName = "RequestEventJudged")]
[JsonSerializable(typeof(RequestEvent.Allowed), TypeInfoPropertyName = "RequestEventAllowed")]
[JsonSerializable(typeof(RequestEvent.Closed), TypeInfoPropertyName = "RequestEventClosed")]
[JsonSerializable(typeof(RequestEvent.Reported), TypeInfoPropertyName = "RequestEventReported")]
[JsonSerializable(typeof(ApprovalEvent.Given), TypeInfoPropertyName = "ApprovalEventGiven")]
[JsonSerializable(typeof(ApprovalEvent.Completed), TypeInfoPropertyName = "ApprovalEventCompleted")]
[JsonSerializable(typeof(RunEvent.WritIssued), TypeInfoPropertyName = "RunEventWritIssued")]
[JsonSerializable(typeof(RunEvent.WritConsumed), TypeInfoPropertyName = "RunEventWritConsumed")]
[JsonSerializable(typeof(RunEvent.ExecutionsRecorded), TypeInfoPropertyName = "RunEventExecutionsRecorded")]
[JsonSerializable(typeof(RunEvent.Ended), TypeInfoPropertyName = "RunEventEnded")]
[JsonSerializable(typeof(KillEvent.Ordered), TypeInfoPropertyName = "KillEventOrdered")]
[JsonSerializable(typeof(KillEvent.Completed), TypeInfoPropertyName = "KillEventCompleted")]
[JsonSerializable(typeof(KillEvent.Resumed), TypeInfoPropertyName = "KillEventResumed")]
[JsonSerializable(typeof(Actor.Nobody), TypeInfoPropertyName = "ActorNobody")]
[JsonSerializable(typeof(Actor.Person), TypeInfoPropertyName = "ActorPerson")]
[JsonSerializable(typeof(Actor.Agent), TypeInfoPropertyName = "ActorAgent")]
[JsonSerializable(typeof(Actor.Host), TypeInfoPropertyName = "ActorHost")]
[JsonSerializable(typeof(Ask.Exec), TypeInfoPropertyName = "AskExec")]
[JsonSerializable(typeof(Ask.ShellLine), TypeInfoPropertyName = "AskShellLine")]
[JsonSerializable(typeof(Ask.WriteFile), TypeInfoPropertyName = "AskWriteFile")]
[JsonSerializable(typeof(Ask.Connect), TypeInfoPropertyName = "AskConnect")]
[JsonSerializable(typeof(Ask.CallTool), TypeInfoPropertyName = "AskCallTool")]
[JsonSerializable(typeof(SessionState.Open), TypeInfoPropertyName = "SessionStateOpen")]
[JsonSerializable(typeof(SessionState.Ended), TypeInfoPropertyName = "SessionStateEnded")]
[JsonSerializable(typeof(RequestState.Waiting), TypeInfoPropertyName = "RequestStateWaiting")]
[JsonSerializable(typeof(RequestState.Ready), TypeInfoPropertyName = "RequestStateReady")]
[JsonSerializable(typeof(RequestState.Ordered), TypeInfoPropertyName = "RequestStateOrdered")]
[JsonSerializable(typeof(RequestState.Running), TypeInfoPropertyName = "RequestStateRunning")]
[JsonSerializable(typeof(RequestState.Allowed), TypeInfoPropertyName = "RequestStateAllowed")]
[JsonSerializable(typeof(RequestState.Closed), TypeInfoPropertyName = "RequestStateClosed")]
[JsonSerializable(typeof(ChangeState.Pending), TypeInfoPropertyName = "ChangeStatePending")]
[JsonSerializable(typeof(ChangeState.Closed), TypeInfoPropertyName = "ChangeStateClosed")]
public sealed partial class WireJson : JsonSerializerContext;
