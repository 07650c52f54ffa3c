using Writ.Ledger;
using Writ.Requests;
using Writ.Runs;

namespace Writ.Wire;

/// <summary>A run: the order, its use, what was started, and the end.</summary>
static partial class PlainEntry
{
    static bool TryWriteRun(ref PlainJson json, Event happened, Move move)
    {
        switch (happened, move)
        {
            case (RunEvent.WritIssued { Order: { } order }, RequestMove.Execute execute):
                json.Raw("{\"kind\":\"writ.issued\",\"order\":"u8);
                Write(ref json, order);
                json.Raw("}],\"move\":{\"digest\":"u8);
                json.Text(execute.Digest);
                json.Raw(",\"kind\":\"request.execute\",\"request\":"u8);
                json.Text(execute.Request.Value ?? "");
                json.Raw(",\"writ\":"u8);
                json.Text(execute.Writ.Value ?? "");
                break;
            case (RunEvent.WritConsumed, RunMove.Consume consume):
                json.Raw("{\"kind\":\"writ.consumed\"}],\"move\":{\"kind\":\"run.consume\""u8);
                WriteRun(ref json, consume.Request, consume.Run);
                json.Raw(",\"tier\":"u8);
                json.Text(Name(consume.Tier));
                json.Raw(",\"writ\":"u8);
                json.Text(consume.Writ.Value ?? "");
                break;
            case (RunEvent.ExecutionsRecorded, RunMove.RecordExecutions { Batch: { } batch } record):
                json.Raw("{\"kind\":\"run.executions-recorded\"}],\"move\":{\"batch\":"u8);
                Write(ref json, batch);
                json.Raw(",\"kind\":\"run.executions\""u8);
                WriteRun(ref json, record.Request, record.Run);
                break;
            case (RunEvent.Ended, RunMove.End { Outcome: { } outcome } end):
                json.Raw("{\"kind\":\"run.ended\"}],\"move\":{\"kind\":\"run.end\",\"outcome\":"u8);
                Write(ref json, outcome);
                WriteRun(ref json, end.Request, end.Run);
                break;
            default:
                return false;
        }
        json.Raw("}"u8);
        return true;
    }

    static void WriteRun(ref PlainJson json, RequestId request, RunId run)
    {
        json.Raw(",\"request\":"u8);
        json.Text(request.Value ?? "");
        json.Raw(",\"run\":"u8);
        json.Text(run.Value ?? "");
    }

    static void Write(ref PlainJson json, WritOrder order)
    {
        json.Raw("{\"approvers\":"u8);
        Write(ref json, order.Approvers, static (ref PlainJson to, string person) => to.Text(person));
        Field(ref json, ",\"argvDigest\":"u8, order.ArgvDigest);
        Field(ref json, ",\"cwdDigest\":"u8, order.CwdDigest);
        Field(ref json, ",\"environmentDigest\":"u8, order.EnvironmentDigest);
        Field(ref json, ",\"executableDigest\":"u8, order.ExecutableDigest);
        json.Raw(",\"expiresAt\":"u8);
        Write(ref json, order.ExpiresAt);
        Field(ref json, ",\"id\":"u8, order.Id);
        json.Raw(",\"issuedAt\":"u8);
        Write(ref json, order.IssuedAt);
        Field(ref json, ",\"platformOwner\":"u8, order.PlatformOwner);
        Field(ref json, ",\"policyDigest\":"u8, order.PolicyDigest);
        Field(ref json, ",\"realm\":"u8, order.Realm);
        Field(ref json, ",\"request\":"u8, order.Request);
        Field(ref json, ",\"requestDigest\":"u8, order.RequestDigest);
        Field(ref json, ",\"securityOwner\":"u8, order.SecurityOwner);
        Field(ref json, ",\"session\":"u8, order.Session);
        Field(ref json, ",\"sponsor\":"u8, order.Sponsor);
        json.Raw(",\"targetOwners\":"u8);
        Write(ref json, order.TargetOwners, static (ref PlainJson to, string person) => to.Text(person));
        Field(ref json, ",\"tierMin\":"u8, order.TierMin);
        Field(ref json, ",\"workflowOwner\":"u8, order.WorkflowOwner);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, ExecutionBatch batch)
    {
        json.Raw("{\"count\":"u8);
        json.Number(batch.Count);
        json.Raw(",\"first\":"u8);
        json.Number(batch.First);
        Optional(ref json, ",\"listDigest\":"u8, batch.ListDigest);
        json.Raw(",\"listed\":"u8);
        Write(ref json, batch.Listed, static (ref PlainJson to, ExecutionRecord record) => Write(ref to, record));
        json.Raw(",\"tallies\":"u8);
        Write(ref json, batch.Tallies, static (ref PlainJson to, ExecutionTally tally) => Write(ref to, tally));
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, ExecutionTally tally)
    {
        json.Raw("{\"code\":"u8);
        json.Text(tally.Code);
        json.Raw(",\"count\":"u8);
        json.Number(tally.Count);
        json.Raw(",\"end\":"u8);
        json.Text(Name(tally.End));
        Optional(ref json, ",\"rule\":"u8, tally.Rule);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, ExecutionRecord record)
    {
        json.Raw("{"u8);
        Before(ref json, "\"argvDigest\":"u8, record.ArgvDigest);
        json.Raw("\"atMs\":"u8);
        json.Number(record.AtMs);
        Field(ref json, ",\"code\":"u8, record.Code);
        Field(ref json, ",\"end\":"u8, Name(record.End));
        if (record.Found is { } found)
        {
            json.Raw(",\"found\":"u8);
            Write(ref json, found);
        }
        if (record.Held is { } held)
            Field(ref json, ",\"held\":"u8, held.Value ?? "");
        json.Raw(",\"number\":"u8);
        json.Number(record.Number);
        if (record.Parent is { } parent)
        {
            json.Raw(",\"parent\":"u8);
            json.Number(parent);
        }
        json.Raw(",\"pid\":"u8);
        json.Number(record.Pid);
        json.Raw(",\"program\":"u8);
        Write(ref json, record.Program);
        Optional(ref json, ",\"rule\":"u8, record.Rule);
        Optional(ref json, ",\"why\":"u8, record.Why);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, ExecutedProgram program)
    {
        json.Raw("{\"argv\":"u8);
        Write(ref json, program.Argv, static (ref PlainJson to, string argument) => to.Text(argument));
        Field(ref json, ",\"cwd\":"u8, program.Cwd);
        Field(ref json, ",\"executable\":"u8, program.Executable);
        json.Raw(",\"loaders\":"u8);
        Write(ref json, program.Loaders, static (ref PlainJson to, string name) => to.Text(name));
        Field(ref json, ",\"name\":"u8, program.Name);
        Field(ref json, ",\"origin\":"u8, Name(program.Origin));
        // A script is rarer, and goes the general way.
        if (program.Script is not null)
            json.Text(null);
        json.Raw(",\"via\":"u8);
        Write(ref json, program.Via, static (ref PlainJson to, string name) => to.Text(name));
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, RunOutcome outcome)
    {
        json.Raw("{"u8);
        if (outcome.Containment is { } containment)
        {
            json.Raw("\"containment\":"u8);
            Write(ref json, containment);
            json.Raw(","u8);
        }
        Before(ref json, "\"detail\":"u8, outcome.Detail);
        json.Raw("\"durationMs\":"u8);
        json.Number(outcome.DurationMs);
        Field(ref json, ",\"end\":"u8, Name(outcome.End));
        Optional(ref json, ",\"evidence\":"u8, outcome.Evidence);
        json.Raw(",\"exitCode\":"u8);
        json.Number(outcome.ExitCode);
        Optional(ref json, ",\"outputDigest\":"u8, outcome.OutputDigest);
        json.Raw(",\"stderrBytes\":"u8);
        json.Number(outcome.StderrBytes);
        json.Raw(",\"stdoutBytes\":"u8);
        json.Number(outcome.StdoutBytes);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Containment containment)
    {
        json.Raw("{\"landlockAbi\":"u8);
        json.Number(containment.LandlockAbi);
        Optional(ref json, ",\"limits\":"u8, containment.Limits);
        if (containment.Mediated is { } mediated)
        {
            json.Raw(",\"mediated\":"u8);
            json.Truth(mediated);
        }
        if (containment.Owner is { } owner)
        {
            json.Raw(",\"owner\":"u8);
            json.Number(owner);
        }
        Field(ref json, ",\"sandbox\":"u8, containment.Sandbox);
        json.Raw(",\"seccomp\":"u8);
        json.Truth(containment.Seccomp);
        Field(ref json, ",\"tier\":"u8, Name(containment.Tier));
        json.Raw(",\"uid\":"u8);
        json.Number(containment.Uid);
        json.Raw(",\"weak\":"u8);
        Write(ref json, containment.Weak, static (ref PlainJson to, string weakness) => to.Text(weakness));
        json.Raw("}"u8);
    }
}
