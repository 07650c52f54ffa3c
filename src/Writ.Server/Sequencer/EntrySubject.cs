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

namespace Writ.Server.Sequencer;

/// <summary>What an entry is about, as CloudEvents' <c>subject</c>: one identifier, so that lists need not open the
/// data.</summary>
static class EntrySubject
{
    public static string? Of(Move move) => move switch
    {
        RealmMove.RaiseFinding m => m.Finding.Session?.Value,
        PersonMove.Invite m => m.Person.Value,
        PersonMove.Enrol m => m.Person.Value,
        PersonMove.LogIn m => m.Person.Value,
        PersonMove.SignIn m => m.Login.Value,
        PersonMove.Offboard m => m.Person.Value,
        ChangeMove.Propose m => m.Change.Value,
        ChangeMove.Review m => m.Change.Value,
        SessionMove.Open m => m.Terms.Id.Value,
        SessionMove.Close m => m.Session.Value,
        SessionMove.Attach m => m.Session.Value,
        SessionMove.RecordPrompt m => m.Session.Value,
        RequestMove.Submit m => m.Request.Id.Value,
        RequestMove.Allow m => m.Request.Value,
        RequestMove.Execute m => m.Request.Value,
        RequestMove.Report m => m.Request.Value,
        ApprovalMove.Dispose m => m.Request.Value,
        HoldMove.Open m => m.Request.Id.Value,
        HoldMove.Go m => m.Request.Value,
        HoldMove.Withdraw m => m.Request.Value,
        LeaseMove m => m.Request.Value,
        RunMove.Consume m => m.Request.Value,
        RunMove.RecordExecutions m => m.Request.Value,
        RunMove.RecordEgress m => m.Request.Value,
        RunMove.End m => m.Request.Value,
        TreeMove.Record m => m.Request.Value,
        TreeMove.Commit m => m.Run.Value,
        TreeMove.Discard m => m.Run.Value,
        TreeMove.Undo m => m.Run.Value,
        TreeMove.Settle m => m.Run.Value,
        IdentityMove.Issue m => m.Request.Value,
        FindingMove.Report m => m.For.Session?.Value,
        FindingMove.Accept m => m.Finding.Value,
        ForeignMove.Exchange m => m.Pass.Value,
        KillMove.Order m => m.Kill.Value,
        KillMove.Complete m => m.Kill.Value,
        KillMove.Resume m => null,
        _ => null,
    };
}
