using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Writ.Leases;
using Writ.Server.Egress;

namespace Writ.Server.Leasing;

/// <summary>
/// Keys of an AWS role by <c>AssumeRoleWithWebIdentity</c>. The call is not signed: the realm's token is all that it
/// shows. Nobody can take such keys back, so they are given for as long as is agreed and not a second more.
/// </summary>
sealed class AwsStsBackend(
    CredentialBackend.AwsSts profile, AdminAccount admin, ILeaseTokens tokens, TimeProvider time) : ICredentialBackend
{
    const int SecondsLeast = 900;
    const int AnswerCharactersMax = 256 * 1024;
    static readonly XNamespace _sts = "https://sts.amazonaws.com/doc/2011-06-15/";

    public bool CanEnumerate => false;

    public async Task<IssuedCredential> Issue(string account, DateTimeOffset until, CancellationToken cancel)
    {
        // The minute that other backends get for clocks that differ is not given here: its own end is the only one.
        var seconds = (int)(until - LeaseDesk.ClockSkew - time.GetUtcNow()).TotalSeconds;
        if (seconds < SecondsLeast - 1)
            throw new BackendFaultException(
                "lease.no-time", $"AWS gives keys for {SecondsLeast} seconds at least, and the lease ends before.");
        using var http = new BackendHttp("AWS", profile.Url, admin.RootCertificates);
        List<KeyValuePair<string, string>> fields =
        [
            new("Action", "AssumeRoleWithWebIdentity"), new("Version", "2011-06-15"), new("RoleArn", profile.Role),
            new("RoleSessionName", account), new("WebIdentityToken", tokens.For(account, profile.Audience)),
            new("DurationSeconds", Math.Max(SecondsLeast, seconds).ToString(CultureInfo.InvariantCulture)),
        ];
        if (profile.Policy is { } narrower)
            fields.Add(new("Policy", narrower));
        using var form = new FormUrlEncodedContent(fields);
        var reply = await http.Send(
            HttpMethod.Post, "/", [], await form.ReadAsByteArrayAsync(cancel), "application/x-www-form-urlencoded",
            cancel);
        return reply.IsSuccess ? Read(http, reply) : throw Refused(http, reply);
    }

    /// <summary>They end as they were made.</summary>
    public Task Extend(string account, DateTimeOffset until, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>There is nothing to take back: the approver was shown that.</summary>
    public Task<int> Revoke(string account, CancellationToken cancel) => Task.FromResult(0);

    public Task<int> TerminateSessions(string account, CancellationToken cancel) => Task.FromResult(0);

    public Task<ImmutableArray<string>> Enumerate(string prefix, CancellationToken cancel) =>
        Task.FromResult(ImmutableArray<string>.Empty);

    IssuedCredential Read(BackendHttp http, BackendReply reply)
    {
        var result = Parse(http, reply)?.Element(_sts + "AssumeRoleWithWebIdentityResult");
        var keys = result?.Element(_sts + "Credentials");
        string? Of(string name) => keys?.Element(_sts + name)?.Value.Trim() is { Length: > 0 } value
            && value.All(c => c is > ' ' and <= '~') ? value : null;
        if (Of("AccessKeyId") is not { } id || Of("SecretAccessKey") is not { } secret
            || Of("SessionToken") is not { } session)
            throw http.Broken("gave no keys");
        var file = $"[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"
            + $"aws_session_token = {session}\nregion = {profile.Region}\n";
        return new IssuedCredential(
            Fingerprints.Of($"{id}\n{secret}"), [new DeliveredFile(Delivery.AwsFile, Encoding.ASCII.GetBytes(file))],
            [secret, session]);
    }

    static BackendFaultException Refused(BackendHttp http, BackendReply reply)
    {
        var code = Parse(http, reply)?.Element(_sts + "Error")?.Element(_sts + "Code")?.Value ?? "";
        return code switch
        {
            "AccessDenied" or "InvalidIdentityToken" or "IDPRejectedClaim" or "ExpiredTokenException"
                or "ExpiredToken" or "RegionDisabledException" =>
                new BackendFaultException("lease.backend-denied", $"AWS refused with {code}."),
            "IDPCommunicationError" or "Throttling" or "ServiceUnavailable" or "InternalFailure" =>
                new BackendFaultException("lease.backend-down", $"AWS refused with {code}."),
            "MalformedPolicyDocument" or "PackedPolicyTooLarge" or "ValidationError" =>
                new BackendFaultException("lease.backend-fault", $"AWS refused with {code}."),
            _ => http.Refused(reply.Status == HttpStatusCode.OK ? HttpStatusCode.BadGateway : reply.Status),
        };
    }

    // Without document types, whatever they would fetch or grow into.
    static XElement? Parse(BackendHttp http, BackendReply reply)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(reply.Body), new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = AnswerCharactersMax,
            });
            return XDocument.Load(reader).Root;
        }
        catch (XmlException)
        {
            return reply.IsSuccess ? throw http.Broken("answers with something else than XML") : null;
        }
    }
}
