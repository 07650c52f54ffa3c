using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Writ.Server.Tests.Leasing.Http;

/// <summary>AssumeRoleWithWebIdentity of AWS STS, in its query protocol.</summary>
sealed class LocalSts : LocalService
{
    public const string Role = "arn:aws:iam::123456789012:role/writ-deploy";

    /// <summary>Looks at a token; the code of what is wrong with it, or null.</summary>
    public Func<string, string?> Checks { get; set; } = _ => null;

    public Dictionary<string, string> Form { get; private set; } = [];

    /// <summary>Whatever it would answer otherwise.</summary>
    public string? Says { get; set; }

    protected override string ContentType => "text/xml";

    protected override Task<(int Status, string? Body)> Answer(HttpRequest request, string path, byte[] body)
    {
        if (Says is not null)
            return Task.FromResult((200, (string?)Says));
        if (request.Method != "POST" || path != "/"
            || request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal) != true)
            return Task.FromResult(Error(400, "MissingAction", ""));
        Form = QueryHelpers.ParseQuery(Encoding.ASCII.GetString(body))
            .ToDictionary(f => f.Key, f => f.Value.ToString());
        string Of(string name) => Form.GetValueOrDefault(name) ?? "";
        // It is the one call that nobody signs.
        var problem = request.Headers.ContainsKey("Authorization") ? "IncompleteSignature"
            : Of("Action") != "AssumeRoleWithWebIdentity" || Of("Version") != "2011-06-15" ? "InvalidAction"
            : Of("RoleArn") != Role ? "AccessDenied"
            : Of("RoleSessionName") is not { Length: >= 2 and <= 64 } name
                || !name.All(c => char.IsAsciiLetterOrDigit(c) || "=,.@-_".Contains(c, StringComparison.Ordinal))
                ? "ValidationError"
            : !int.TryParse(Of("DurationSeconds"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                || seconds is < 900 or > 43_200 ? "ValidationError"
            : Form.ContainsKey("Policy") && !IsPolicy(Of("Policy")) ? "MalformedPolicyDocument"
            : Checks(Of("WebIdentityToken"));
        return Task.FromResult(problem is not null
            ? Error(problem is "AccessDenied" ? 403 : 400, problem, Of("WebIdentityToken"))
            : (200, $"""
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                  <AssumeRoleWithWebIdentityResult>
                    <SubjectFromWebIdentityToken>x</SubjectFromWebIdentityToken>
                    <Audience>sts.amazonaws.com</Audience>
                    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/writ-deploy/{Of("RoleSessionName")}</Arn></AssumedRoleUser>
                    <Credentials>
                      <SessionToken>AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE</SessionToken>
                      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
                      <Expiration>2030-10-24T23:00:23Z</Expiration>
                      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>
                    </Credentials>
                  </AssumeRoleWithWebIdentityResult>
                  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
                </AssumeRoleWithWebIdentityResponse>
                """));
    }

    static bool IsPolicy(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement.TryGetProperty("Statement", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Its message may quote what was sent.
    static (int, string?) Error(int status, string code, string quoted) => (status, $"""
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <Error><Type>Sender</Type><Code>{code}</Code><Message>no: {quoted}</Message></Error>
          <RequestId>4c1a4b2e</RequestId>
        </ErrorResponse>
        """);
}
