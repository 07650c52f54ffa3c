using System.Buffers.Binary;
using System.Collections.Immutable;
using Writ.Identity;
using Writ.Server.Sequencer;

namespace Writ.Server.Issuing;

/// <summary>
/// The SPIFFE Workload API: gRPC's framing over HTTP/2, and the five calls that every implementation has. The optional
/// ones are not there, which is what their standard says of them.
/// </summary>
sealed class WorkloadApi(Issuer issuer, PublishedKeys keys, TimeProvider time, ILogger<WorkloadApi> log)
{
    // Of gRPC (statuscodes.md).
    const int Ok = 0;
    const int InvalidArgument = 3;
    const int PermissionDenied = 7;
    const int ResourceExhausted = 8;
    const int Unimplemented = 12;
    const int Internal = 13;
    const int Unavailable = 14;

    const int PrefixBytes = 5;
    const string SecurityHeader = "workload.spiffe.io";
    const string Service = "/SpiffeWorkloadAPI/";

    /// <summary>Some software reloads everything on each message, so nothing is pushed faster.</summary>
    static readonly TimeSpan _pushApart = TimeSpan.FromMilliseconds(200);

    public async Task Serve(HttpContext http)
    {
        http.Response.ContentType = "application/grpc";
        var (status, why) = await Answer(http);
        if (http.RequestAborted.IsCancellationRequested)
            return;
        http.Response.AppendTrailer("grpc-status", $"{status}");
        if (why is not null)
            http.Response.AppendTrailer("grpc-message", Percent(why));
        await http.Response.CompleteAsync();
    }

    async Task<(int Status, string? Why)> Answer(HttpContext http)
    {
        try
        {
            return await Judge(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            return (Unavailable, null);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or RealmUnavailableException)
        {
            IssuingLog.Fault(log, e.Message);
            return (Unavailable, "Try again in a moment.");
        }
        catch (Exception e)
        {
            IssuingLog.Fault(log, e.ToString());
            return (Internal, "The Workload API met a fault.");
        }
    }

    async Task<(int, string?)> Judge(HttpContext http)
    {
        var method = http.Request.Path.Value ?? "";
        if (http.Request.Method != "POST"
            || http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
            return (Unimplemented, "This speaks gRPC.");
        if (http.Request.Headers[SecurityHeader] is not [var value] || value != "true")
            return (InvalidArgument, $"Every call bears the metadata {SecurityHeader}: true.");
        if (!method.StartsWith(Service, StringComparison.Ordinal) || http.Features.Get<RunCaller>() is not { } caller)
            return (Unimplemented, "There is no such service.");
        var (message, problem) = await Read(http);
        if (problem is { } wrong)
            return wrong;
        return method[Service.Length..] switch
        {
            "FetchX509SVID" => await Stream(http, caller, withSvids: true, bundles: null),
            "FetchX509Bundles" => await Stream(http, caller, withSvids: false, WorkloadMessages.X509Bundles),
            "FetchJWTBundles" => await Stream(http, caller, withSvids: false, WorkloadMessages.JwtBundles),
            "FetchJWTSVID" => await Token(http, caller, message),
            "ValidateJWTSVID" => await Validate(http, caller, message),
            _ => (Unimplemented, "There is no such call, or it is one of those that this does not offer."),
        };
    }

    // The first message at once, the next when anything in it has changed or half of its life is over.
    async Task<(int, string?)> Stream(
        HttpContext http, RunCaller caller, bool withSvids, Func<IEnumerable<TrustBundle>, byte[]>? bundles)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, caller.Door.Over);
        while (true)
        {
            if (await Refuse(caller) is { } no)
                return no;
            var changed = issuer.Changed;
            var renewAt = DateTimeOffset.MaxValue;
            if (withSvids)
            {
                var issued = await issuer.X509(caller.Door.Run, caller.Door.Request, caller.Attest());
                if (issued.Refusal is { } refusal)
                    return Said(refusal);
                if (keys.Own() is not { } own)
                    return Over;
                await Write(http, WorkloadMessages.X509Svids(issued.Svids, own, keys.Foreign()));
                renewAt = issued.RenewAt;
            }
            else
                await Write(http, bundles!(InOrder()));
            try
            {
                await Wait(changed, renewAt, either.Token);
            }
            catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
            {
                return Over;
            }
        }
    }

    async Task<(int, string?)> Token(HttpContext http, RunCaller caller, byte[] message)
    {
        if (WorkloadMessages.ReadJwtSvidRequest(message) is not { } question)
            return (InvalidArgument, "This is no JWTSVIDRequest.");
        if (question.Audiences.IsEmpty || question.Audiences.Any(a => a.Length is 0 or > IdentityAudience.NameMax))
            return (InvalidArgument, "An audience has to be said.");
        if (question.Id.Length > 0 && SpiffeId.Parse(question.Id) is null)
            return (InvalidArgument, "This is no SPIFFE ID.");
        if (await Refuse(caller) is { } no)
            return no;
        var issued = await issuer.Jwt(
            caller.Door.Run, caller.Door.Request, [.. question.Audiences.Distinct(StringComparer.Ordinal)],
            question.Id, caller.Attest());
        if (issued.Refusal is { } refusal)
            return Said(refusal);
        await Write(http, WorkloadMessages.JwtSvids(issued.Svids));
        return (Ok, null);
    }

    async Task<(int, string?)> Validate(HttpContext http, RunCaller caller, byte[] message)
    {
        if (WorkloadMessages.ReadValidateRequest(message) is not (var audience, var token)
            || audience.Length == 0 || token.Length == 0)
            return (InvalidArgument, "Audience and token have to be said.");
        if (await Refuse(caller) is { } no)
            return no;
        var (subject, claims, problem) = JwtSvid.Validate(token, audience, keys.All(), time.GetUtcNow());
        if (subject is null)
            return (InvalidArgument, $"{problem!.Why} [{problem.Code}]");
        await Write(http, WorkloadMessages.Validated(subject, claims));
        return (Ok, null);
    }

    static (int, string?) Over => (PermissionDenied, "The run is over. [identity.run-over]");

    // Bundles tell nobody a secret, but they are for the run's processes as well.
    static async Task<(int, string?)?> Refuse(RunCaller caller)
    {
        if (caller.Door.Over.IsCancellationRequested)
            return Over;
        if (!await caller.Door.MayAsk())
            return (ResourceExhausted, "The run asks faster than it may. [identity.flood]");
        return caller.Attest().By == AttestedBy.Launched
            ? null
            : (PermissionDenied, "Whoever connected is no process of this run any more. [identity.unattested]");
    }

    static (int, string?) Said(Refusal refusal) => (
        refusal.Code.StartsWith("realm.", StringComparison.Ordinal) ? Unavailable : PermissionDenied,
        $"{refusal.Why} [{refusal.Code}]");

    IEnumerable<TrustBundle> InOrder() =>
        keys.All().Values.OrderBy(b => b.Domain.Name, StringComparer.Ordinal);

    async Task Wait(Task changed, DateTimeOffset renewAt, CancellationToken cancel)
    {
        await Task.Delay(_pushApart, time, cancel);
        var left = renewAt == DateTimeOffset.MaxValue ? TimeSpan.FromDays(1) : renewAt - time.GetUtcNow();
        if (left > TimeSpan.Zero)
            await Task.WhenAny(changed, Task.Delay(left, time, cancel));
        cancel.ThrowIfCancellationRequested();
    }

    static async Task Write(HttpContext http, byte[] message)
    {
        var frame = new byte[PrefixBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, PrefixBytes);
        await http.Response.Body.WriteAsync(frame, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    // One message, not compressed, and nothing behind it.
    static async Task<(byte[] Message, (int, string?)? Problem)> Read(HttpContext http)
    {
        var prefix = new byte[PrefixBytes];
        if (await http.Request.Body.ReadAtLeastAsync(
            prefix, PrefixBytes, throwOnEndOfStream: false, http.RequestAborted) < PrefixBytes)
            return ([], (InvalidArgument, "A message is missing."));
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (prefix[0] != 0)
            return ([], (Unimplemented, "Messages are not compressed here."));
        if (length > WorkloadMessages.BytesMax)
            return ([], (ResourceExhausted, "The message is too long."));
        var message = new byte[length];
        return await http.Request.Body.ReadAtLeastAsync(
            message, message.Length, throwOnEndOfStream: false, http.RequestAborted) < message.Length
            ? ([], (InvalidArgument, "The message is cut off."))
            : (message, null);
    }

    // gRPC's own way of writing a message in a field.
    static string Percent(string text) => string.Concat(System.Text.Encoding.UTF8.GetBytes(text)
        .Select(b => b is >= 0x20 and <= 0x7E and not (byte)'%' ? ((char)b).ToString() : $"%{b:X2}"));
}
