using System.Globalization;
using System.Security.Cryptography;
using Writ.Ledger;
using Writ.Requests;
using Writ.Runs;
using Writ.Shell.Knowledge;

namespace Writ.Wire;

/// <summary>
/// What agents make a ledger grow with, a request and its verdict and a run from its order to its end, written in
/// canonical form at once instead of as JSON that is then put in order. It is the same contract as
/// <see cref="WireJson"/>, said a second time because nothing else is written so often; a test compares both on
/// whatever they can hold. What is not plain goes the general way.
/// </summary>
static partial class PlainEntry
{
    const string InstantFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>False for every entry but those of a command that went its way without people, in plain text.</summary>
    public static bool TryWrite(Entry entry, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (entry.Data is not { Refusal: null, Events: [{ } happened], Actor: { } actor, Move: { } move })
            return false;
        var json = new PlainJson();
        try
        {
            if (!TryWrite(ref json, entry, actor, happened, move) || json.Failed)
                return false;
            bytes = json.Written.ToArray();
            return true;
        }
        finally
        {
            json.Dispose();
        }
    }

    /// <summary>SHA-256 of the canonical facts as hex; null when they are not plain text.</summary>
    public static string? Sha256Hex(BoundFacts facts)
    {
        var json = new PlainJson();
        try
        {
            Write(ref json, facts);
            return json.Failed ? null : Convert.ToHexStringLower(SHA256.HashData(json.Written));
        }
        finally
        {
            json.Dispose();
        }
    }

    static bool TryWrite(ref PlainJson json, Entry entry, Actor actor, Event happened, Move move)
    {
        json.Raw("{\"data\":{\"actor\":"u8);
        Write(ref json, actor);
        json.Raw(",\"events\":["u8);
        switch (happened, move)
        {
            case (RequestEvent.Judged { Verdict: not null } judged, RequestMove.Submit { Request: { } request }):
                json.Raw("{\"digest\":"u8);
                json.Text(judged.Digest);
                json.Raw(",\"expiresAt\":"u8);
                Write(ref json, judged.ExpiresAt);
                json.Raw(",\"kind\":\"request.judged\",\"verdict\":"u8);
                Write(ref json, judged.Verdict);
                json.Raw("}],\"move\":{\"kind\":\"request.submit\",\"request\":"u8);
                Write(ref json, request);
                json.Raw("}"u8);
                break;
            case (RunEvent, RunMove or RequestMove.Execute) when TryWriteRun(ref json, happened, move):
                break;
            default:
                return false;
        }
        json.Raw("},\"datacontenttype\":\"application/json\",\"id\":"u8);
        json.Text(entry.Id);
        json.Raw(",\"source\":"u8);
        json.Text(entry.Source);
        json.Raw(",\"specversion\":\"1.0\""u8);
        Optional(ref json, ",\"subject\":"u8, entry.Subject);
        json.Raw(",\"time\":"u8);
        Write(ref json, entry.Time);
        json.Raw(",\"type\":\"writ.accepted\"}"u8);
        return true;
    }

    static void Write(ref PlainJson json, Actor actor)
    {
        switch (actor)
        {
            case Actor.Agent agent:
                json.Raw("{\"as\":\"agent\",\"executable\":"u8);
                json.Text(agent.Executable);
                json.Raw(",\"pid\":"u8);
                json.Number(agent.Pid);
                json.Raw(",\"uid\":"u8);
                json.Number(agent.Uid);
                if (agent.Within is { } within)
                    Optional(ref json, ",\"within\":"u8, within.Value ?? "");
                json.Raw("}"u8);
                break;
            case Actor.Host host:
                json.Raw("{\"as\":\"host\",\"part\":"u8);
                json.Text(host.Part);
                json.Raw("}"u8);
                break;
            default:
                // Others do nothing that comes so often.
                json.Text(null);
                break;
        }
    }

    static void Write(ref PlainJson json, BoundFacts facts)
    {
        json.Raw("{\"ask\":"u8);
        Write(ref json, facts.Ask);
        json.Raw(",\"assurance\":"u8);
        json.Text(Name(facts.Assurance));
        json.Raw(",\"cwd\":"u8);
        json.Text(facts.Cwd);
        json.Raw(",\"environment\":"u8);
        Write(ref json, facts.Environment, static (ref PlainJson to, Variable variable) => Write(ref to, variable));
        Optional(ref json, ",\"executable\":"u8, facts.Executable);
        Optional(ref json, ",\"executableDigest\":"u8, facts.ExecutableDigest);
        Write(ref json, facts.Files);
        // What is held goes the general way, like whatever is rarer than a command.
        if (facts.Hold is not null || facts.Undoes is not null || facts.Prepares is not null
            || facts.Prepared is not null)
            json.Text(null);
        json.Raw(",\"outsidePath\":"u8);
        json.Truth(facts.OutsidePath);
        json.Raw(",\"session\":"u8);
        json.Text(facts.Session.Value ?? "");
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Request request)
    {
        json.Raw("{\"argv\":"u8);
        Write(ref json, request.Argv, static (ref PlainJson to, string argument) => to.Text(argument));
        json.Raw(",\"ask\":"u8);
        Write(ref json, request.Ask);
        json.Raw(",\"assurance\":"u8);
        json.Text(Name(request.Assurance));
        if (request.Attested is { } by)
            Optional(ref json, ",\"attested\":"u8, by.ToString());
        if (request.Client is { } client)
        {
            json.Raw(",\"client\":{"u8);
            if (client.CallId is not null)
            {
                json.Raw("\"callId\":"u8);
                json.Text(client.CallId);
                json.Raw(","u8);
            }
            json.Raw("\"client\":"u8);
            json.Text(client.Client);
            json.Raw(",\"clientSession\":"u8);
            json.Text(client.ClientSession);
            Optional(ref json, ",\"promptId\":"u8, client.PromptId);
            Optional(ref json, ",\"subAgent\":"u8, client.SubAgent);
            json.Raw("}"u8);
        }
        json.Raw(",\"cwd\":"u8);
        json.Text(request.Cwd);
        json.Raw(",\"environment\":"u8);
        Write(ref json, request.Environment, static (ref PlainJson to, Variable variable) => Write(ref to, variable));
        Optional(ref json, ",\"executable\":"u8, request.Executable);
        Optional(ref json, ",\"executableDigest\":"u8, request.ExecutableDigest);
        Write(ref json, request.Files);
        if (request.Hold is not null || request.Undoes is not null || request.Prepares is not null
            || request.Prepared is not null)
            json.Text(null);
        json.Raw(",\"id\":"u8);
        json.Text(request.Id.Value ?? "");
        json.Raw(",\"outsidePath\":"u8);
        json.Truth(request.OutsidePath);
        json.Raw(",\"session\":"u8);
        json.Text(request.Session.Value ?? "");
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, ImmutableArray<FileFact>? files)
    {
        if (files is not { } known)
            return;
        json.Raw(",\"files\":"u8);
        Write(ref json, known, static (ref PlainJson to, FileFact file) => Write(ref to, file));
    }

    static void Write(ref PlainJson json, FileFact file)
    {
        json.Raw("{"u8);
        if (file.Digest is not null)
        {
            json.Raw("\"digest\":"u8);
            json.Text(file.Digest);
            json.Raw(","u8);
        }
        json.Raw("\"path\":"u8);
        json.Text(file.Path);
        // A plan is rarer than everything else here, and goes the general way.
        if (file.Plan is not null)
            json.Text(null);
        Optional(ref json, ",\"real\":"u8, file.Real);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Ask ask)
    {
        switch (ask)
        {
            case Ask.Exec exec:
                json.Raw("{\"argv\":"u8);
                Write(ref json, exec.Argv, static (ref PlainJson to, string argument) => to.Text(argument));
                json.Raw(",\"kind\":\"exec\"}"u8);
                break;
            case Ask.ShellLine shell:
                json.Raw("{\"kind\":\"shell\",\"line\":"u8);
                json.Text(shell.Line);
                json.Raw("}"u8);
                break;
            case Ask.Assistant assistant:
                json.Raw("{\"argv\":"u8);
                Write(ref json, assistant.Argv, static (ref PlainJson to, string argument) => to.Text(argument));
                json.Raw(",\"endsSession\":"u8);
                json.Truth(assistant.EndsSession);
                json.Raw(",\"kind\":\"assistant\"}"u8);
                break;
            default:
                // What remains is rarer, and null only when somebody was wrong.
                json.Text(null);
                break;
        }
    }

    static void Write(ref PlainJson json, Verdict verdict)
    {
        json.Raw("{\"code\":"u8);
        json.Text(verdict.Code);
        json.Raw(",\"effects\":"u8);
        Write(ref json, verdict.Effects, static (ref PlainJson to, Effect effect) => Write(ref to, effect));
        json.Raw(",\"engine\":"u8);
        json.Text(verdict.Engine);
        json.Raw(",\"errors\":"u8);
        Write(ref json, verdict.Errors, static (ref PlainJson to, string error) => to.Text(error));
        json.Raw(",\"gates\":"u8);
        Write(ref json, verdict.Gates, static (ref PlainJson to, Gate gate) => Write(ref to, gate));
        json.Raw(",\"grounds\":"u8);
        Write(ref json, verdict.Grounds, static (ref PlainJson to, Ground ground) => Write(ref to, ground));
        json.Raw(",\"kind\":"u8);
        json.Text(Name(verdict.Kind));
        json.Raw(",\"policyDigest\":"u8);
        json.Text(verdict.PolicyDigest);
        if (verdict.SessionPolicyDigest is { } own)
        {
            json.Raw(",\"sessionPolicyDigest\":"u8);
            json.Text(own);
        }
        json.Raw(",\"unresolved\":"u8);
        Write(ref json, verdict.Unresolved, static (ref PlainJson to, Unresolved unresolved) =>
            Write(ref to, unresolved));
        json.Raw(",\"why\":"u8);
        json.Text(verdict.Why);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Variable variable)
    {
        json.Raw("{\"name\":"u8);
        json.Text(variable.Name);
        json.Raw(",\"value\":"u8);
        json.Text(variable.Value);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Effect effect)
    {
        json.Raw("{\"object\":"u8);
        json.Text(effect.Object);
        if (effect.Scope is { } scope)
            Write(ref json, scope);
        if (effect.Target is { } target)
            Optional(ref json, ",\"target\":"u8, target.Value ?? "");
        json.Raw(",\"verb\":"u8);
        json.Text(effect.Verb);
        json.Raw("}"u8);
    }

    // In the order of the names; the platform is always there.
    static void Write(ref PlainJson json, EffectScope scope)
    {
        json.Raw(",\"scope\":{"u8);
        Before(ref json, "\"account\":"u8, scope.Account);
        Before(ref json, "\"cluster\":"u8, scope.Cluster);
        Before(ref json, "\"config\":"u8, scope.Config);
        Before(ref json, "\"context\":"u8, scope.Context);
        Before(ref json, "\"namespace\":"u8, scope.Namespace);
        json.Raw("\"platform\":"u8);
        json.Text(scope.Platform);
        Optional(ref json, ",\"profile\":"u8, scope.Profile);
        Optional(ref json, ",\"project\":"u8, scope.Project);
        Optional(ref json, ",\"region\":"u8, scope.Region);
        json.Raw("}"u8);
    }

    // What stands before the first key that is always there.
    static void Before(ref PlainJson json, ReadOnlySpan<byte> key, string? text)
    {
        if (text is null)
            return;
        json.Raw(key);
        json.Text(text);
        json.Raw(","u8);
    }

    // What must be there.
    static void Field(ref PlainJson json, ReadOnlySpan<byte> key, string? text)
    {
        json.Raw(key);
        json.Text(text);
    }

    static void Write(ref PlainJson json, Gate gate)
    {
        json.Raw("{\"policy\":"u8);
        json.Text(gate.Policy);
        json.Raw(",\"quorum\":"u8);
        json.Number(gate.Quorum);
        json.Raw(",\"reason\":"u8);
        json.Text(gate.Reason);
        json.Raw(",\"team\":"u8);
        json.Text(gate.Team.Value ?? "");
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Ground ground)
    {
        json.Raw("{\"permits\":"u8);
        json.Truth(ground.Permits);
        json.Raw(",\"policy\":"u8);
        json.Text(ground.Policy);
        json.Raw(",\"reason\":"u8);
        json.Text(ground.Reason);
        json.Raw(",\"verb\":"u8);
        json.Text(ground.Verb);
        json.Raw("}"u8);
    }

    static void Write(ref PlainJson json, Unresolved unresolved)
    {
        json.Raw("{\"where\":"u8);
        json.Text(unresolved.Where);
        json.Raw(",\"why\":"u8);
        json.Text(unresolved.Why);
        json.Raw("}"u8);
    }

    // In the same 24 characters as everywhere.
    static void Write(ref PlainJson json, DateTimeOffset at) =>
        json.Text(at.UtcDateTime.ToString(InstantFormat, CultureInfo.InvariantCulture));

    static void Write<T>(ref PlainJson json, ImmutableArray<T> items, Writing<T> write)
    {
        json.Raw("["u8);
        if (items.IsDefault)
            json.Text(null);
        else
            for (var i = 0; i < items.Length; i++)
            {
                if (i > 0)
                    json.Raw(","u8);
                write(ref json, items[i]);
            }
        json.Raw("]"u8);
    }

    static void Optional(ref PlainJson json, ReadOnlySpan<byte> key, string? text)
    {
        if (text is null)
            return;
        json.Raw(key);
        json.Text(text);
    }

    // Null, which is not plain, for a value without a name.
    static string? Name<T>(T value) where T : struct, Enum => Enum.GetName(value);

    delegate void Writing<in T>(ref PlainJson json, T item);
}
