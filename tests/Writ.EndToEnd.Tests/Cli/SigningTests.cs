using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Writ.Approvals;
using Writ.Changes;
using Writ.People;
using Writ.Requests;
using Writ.Wire;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>What the client signs, and everything on account of which it signs nothing.</summary>
public sealed class SigningTests
{
    static readonly Ask _ask = new Ask.Exec(["rm", "-rf", "/srv/tree/build"]);

    [Fact]
    public void A_key_file_is_its_owners_alone_and_encrypted_as_promised()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var path = client.KeyOf("alice");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        var pem = File.ReadAllText(path);
        var fields = PemEncoding.Find(pem);
        Assert.Equal("ENCRYPTED PRIVATE KEY", pem[fields.Label]);

        // EncryptedPrivateKeyInfo of RFC 5958 with the PBES2 parameters of RFC 8018.
        var algorithm = new AsnReader(Convert.FromBase64String(pem[fields.Base64Data]), AsnEncodingRules.DER)
            .ReadSequence().ReadSequence();
        Assert.Equal("1.2.840.113549.1.5.13", algorithm.ReadObjectIdentifier());
        var parameters = algorithm.ReadSequence();
        var derivation = parameters.ReadSequence();
        Assert.Equal("1.2.840.113549.1.5.12", derivation.ReadObjectIdentifier());
        var pbkdf2 = derivation.ReadSequence();
        pbkdf2.ReadOctetString();
        Assert.True(pbkdf2.TryReadInt32(out var iterations) && iterations >= 600_000, $"{iterations} iterations");
        Assert.Equal("1.2.840.113549.2.9", pbkdf2.ReadSequence().ReadObjectIdentifier());
        Assert.Equal("2.16.840.1.101.3.4.1.42", parameters.ReadSequence().ReadObjectIdentifier());
    }

    [Fact]
    public void Enrolment_and_login_are_signed_by_the_key_that_is_enrolled()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var enrol = Read(plane, "POST /v1/enrol", ApiJson.Default.EnrolRequest);
        var enrolment = new EnrolmentDocument(
            Given.Origin, enrol.Person, Signatures.Sha256("abcd-efgh"), enrol.Spki);
        Assert.True(Signatures.Verify(enrol.Spki, enrolment.Render(), enrol.Signature));
        var login = Read(plane, "POST /v1/logins", ApiJson.Default.LoginRequest);
        var document = new LoginDocument(
            Given.Origin, login.Person, login.Login, login.TokenDigest, login.IssuedAt, login.ExpiresAt);
        Assert.True(Signatures.Verify(enrol.Spki, document.Render(), login.Signature));
    }

    [Fact]
    public void An_approval_is_for_exactly_what_was_shown()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var view = Given.Waiting(_ask);
        plane.Answers(view);
        var ran = client.Writ("approve", Given.RequestId, "--digest", view.Digest, "--reason", "looked at it");
        Assert.Equal((0, ""), (ran.Status, ran.Output));
        Assert.Contains("rm -rf /srv/tree/build", ran.Errors, StringComparison.Ordinal);
        var sent = Read(plane, $"POST /v1/requests/{Given.RequestId}/dispose", ApiJson.Default.DisposeRequest);
        var document = new ApprovalDocument(
            Given.Origin, new RequestId(Given.RequestId), RequestRules.Digest(view.Request), Given.Policy, view.Earlier,
            new PersonId("alice"), Approves: true, "looked at it", sent.ExpiresAt);
        var spki = Read(plane, "POST /v1/enrol", ApiJson.Default.EnrolRequest).Spki;
        Assert.True(Signatures.Verify(spki, document.Render(), sent.Signature));
    }

    public static TheoryData<string, int, string> Lies => new()
    {
        { "digest", 1, "cli.digest-mismatch" },
        { "command", 1, "cli.digest-mismatch" },
        { "realm", 1, "cli.digest-mismatch" },
        { "request", 1, "cli.digest-mismatch" },
        { "policy", 1, "cli.digest-mismatch" },
        { "earlier", 1, "cli.digest-mismatch" },
        { "session", 1, "cli.digest-mismatch" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_control_plane_that_lies_gets_no_signature(string lie, int status, string code)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var honest = Given.Waiting(_ask);
        var other = Given.Waiting(new Ask.Exec(["rm", "-rf", "/"]));
        // A line break inside what is signed could say anything on the next line.
        var forged = "sha256:" + new string('a', 50) + "\nexpires never";
        plane.Answers(lie switch
        {
            "digest" => honest with { Digest = other.Digest },
            "command" => honest with { Request = other.Request },
            "realm" => honest with { Realm = "writ.test/other" },
            "request" => honest with { Request = honest.Request with { Id = new RequestId("req-other") } },
            "policy" => honest with { Verdict = honest.Verdict! with { PolicyDigest = forged } },
            "earlier" => honest with { Earlier = forged },
            _ => honest with { Session = honest.Session with { Id = new SessionId("ses-2") } },
        });
        var ran = client.Writ("approve", Given.RequestId, "--digest", honest.Digest);
        Assert.Equal((status, ""), (ran.Status, ran.Output));
        Assert.Contains($"[{code}]", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received($"POST /v1/requests/{Given.RequestId}/dispose"));
    }

    [Fact]
    public void Without_a_terminal_an_approval_has_to_name_what_it_approves()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var view = Given.Waiting(_ask);
        plane.Answers(view);
        Assert.Equal(2, client.Writ("approve", Given.RequestId).Status);
        Assert.Equal(2, client.Writ("approve", Given.RequestId, "--yes").Status);
        var other = client.Writ("approve", Given.RequestId, "--digest", Given.Policy);
        Assert.Equal(5, other.Status);
        Assert.Contains("[approval.other-request]", other.Errors, StringComparison.Ordinal);
        client.Environment.Remove("WRIT_PASSPHRASE_FILE");
        Assert.Equal(2, client.Writ("approve", Given.RequestId, "--digest", view.Digest).Status);
        Assert.Empty(plane.Received($"POST /v1/requests/{Given.RequestId}/dispose"));
    }

    [Fact]
    public void A_wrong_passphrase_signs_nothing()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var view = Given.Waiting(_ask);
        plane.Answers(view);
        File.WriteAllText(client.PassphraseFile, "incorrect horse battery\n");
        var ran = client.Writ("approve", Given.RequestId, "--digest", view.Digest);
        Assert.Equal(1, ran.Status);
        Assert.Contains("[key.wrong-passphrase]", ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received($"POST /v1/requests/{Given.RequestId}/dispose"));
    }

    [Fact]
    public void A_key_that_others_can_read_is_not_used()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        File.SetUnixFileMode(client.KeyOf("alice"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var ran = client.Writ("login");
        Assert.Equal(1, ran.Status);
        Assert.Contains("[key.readable-by-others]", ran.Errors, StringComparison.Ordinal);
        Assert.Single(plane.Received("POST /v1/logins"));
    }

    [Theory]
    [InlineData("echo ' abcd-efgh' | writ enrol bob --code -", 0, "")]
    [InlineData("{ writ enrol bob --code -; cat >&2; } < <(printf 'abcd-efgh\nfor others\n')", 0, "for others")]
    [InlineData("writ enrol bob --code - < /dev/null", 2, "standard input has no code")]
    [InlineData("head -c 4096 /dev/zero | tr '\\0' x | writ enrol bob --code -", 2, "standard input has no code")]
    [InlineData("writ enrol bob", 2, "--code is missing")]
    public void A_code_need_not_stand_where_others_read_it(string line, int status, string said)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var ran = client.Shell(line);
        Assert.True(status == ran.Status, ran.Output + ran.Errors);
        Assert.Contains(said, ran.Errors, StringComparison.Ordinal);
        var enrolments = plane.Received("POST /v1/enrol");
        Assert.Equal(status == 0 ? 2 : 1, enrolments.Length);
        Assert.Equal(
            "abcd-efgh", JsonSerializer.Deserialize(enrolments[^1], ApiJson.Default.EnrolRequest)!.Code);
    }

    [Fact]
    public void A_refused_enrolment_leaves_the_key_that_was_there()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var before = File.ReadAllText(client.KeyOf("alice"));
        plane.Answer("POST /v1/enrol", Refusal("person.bad-code", 403), 403);
        Assert.Equal(1, client.Writ("enrol", "alice", "--code", "zzzz").Status);
        Assert.Equal(5, client.Writ("enrol", "alice", "--code", "zzzz", "--replace").Status);
        Assert.Equal(before, File.ReadAllText(client.KeyOf("alice")));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(client.KeyOf("alice"))!));
    }

    [Fact]
    public void Another_realm_at_the_same_address_gets_no_login()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var origin = "writ.test/other";
        plane.Answer("GET /v1/realm", JsonSerializer.Serialize(
            new RealmView(
                "Test", origin, new Ledger.NoteVerifierKey(origin, new byte[32]).ToString(), "", Given.Policy, false),
            ApiJson.Default.RealmView));
        var ran = client.Writ("login");
        Assert.Equal(1, ran.Status);
        Assert.Contains("[cli.other-realm]", ran.Errors, StringComparison.Ordinal);
        Assert.Single(plane.Received("POST /v1/logins"));
    }

    [Fact]
    public void A_document_whose_digest_is_another_is_not_proposed()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        client.Write("realm/people.yaml", "people: []\n");
        var preview = new Preview("{}", Signatures.Sha256("{ }"),
            [new Changes.DocumentChange("target/payments/owner", null, "mallory", Guarded: true)], [], [], false);
        plane.Answer("POST /v1/changes/preview", JsonSerializer.Serialize(preview, ApiJson.Default.Preview));
        var ran = client.Writ("apply", "-f", "realm");
        Assert.Equal(1, ran.Status);
        Assert.Contains("[cli.digest-mismatch]", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received("POST /v1/changes"));
    }

    [Fact]
    public void A_change_is_approved_as_the_client_itself_finds_it_in_the_document()
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var text = ChangeQuery.Text(Given.Next);
        var digest = Signatures.Sha256(text);
        plane.Answers(Given.Pending(text, digest));

        var ran = client.Writ("approve", "change-1", "--digest", digest, "--reason", "looked at it");

        Assert.Equal((0, ""), (ran.Status, ran.Output));
        Assert.Contains("~ target/payments/owner: alice -> bob\n", ran.Errors, StringComparison.Ordinal);
        Assert.Contains("-// two\n+// three\n", ran.Errors, StringComparison.Ordinal);
        var sent = Read(plane, "POST /v1/changes/change-1/review", ApiJson.Default.ReviewRequest);
        var document = new ChangeDocument(
            Given.Origin, new ChangeId("change-1"), digest, new PersonId("alice"), "approve", "looked at it",
            Reach: null, Given.Evidence(Given.Next).Digest());
        var spki = Read(plane, "POST /v1/enrol", ApiJson.Default.EnrolRequest).Spki;
        Assert.True(Signatures.Verify(spki, document.Render(), sent.Signature));
        Assert.Contains("owner: alice -> bob", client.Writ("show", "change-1").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another text")]
    [InlineData("no text")]
    [InlineData("no document")]
    [InlineData("half a document")]
    [InlineData("an owner twice")]
    [InlineData("no realm in force")]
    public void A_control_plane_that_lies_about_a_change_gets_no_signature(string lie)
    {
        using var plane = new FakeControlPlane();
        using var client = Given.Alice(plane);
        var text = lie switch
        {
            "no document" => "nonsense",
            "half a document" => "{\"people\":[]}",
            "an owner twice" => ChangeQuery.Text(
                Given.Next with { Targets = [Given.Realm.Targets[0], Given.Next.Targets[0]] }),
            _ => ChangeQuery.Text(Given.Next),
        };
        var digest = Signatures.Sha256(text);
        var view = Given.Pending(text, digest);
        plane.Answers(lie switch
        {
            "another text" => view with { DocumentText = ChangeQuery.Text(Given.Realm) },
            "no text" => view with { DocumentText = null },
            _ => view,
        });
        if (lie == "no realm in force")
            plane.Answer("GET /v1/document", "{}");

        var ran = client.Writ("approve", "change-1", "--digest", digest);

        Assert.Equal((1, ""), (ran.Status, ran.Output));
        Assert.Contains("[cli.digest-mismatch]", ran.Errors, StringComparison.Ordinal);
        Assert.Empty(plane.Received("POST /v1/changes/change-1/review"));
    }

    internal static string Refusal(string code, int status) => JsonSerializer.Serialize(
        new Problem($"urn:writ:refusal:{code}", "Refused", status, code, "It is not so.", "Do something else."),
        ApiJson.Default.Problem);

    static T Read<T>(FakeControlPlane plane, string call, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(Encoding.UTF8.GetBytes(plane.Received(call)[0]), type)!;
}
