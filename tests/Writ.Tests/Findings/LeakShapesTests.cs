using Writ.Findings;

namespace Writ.Tests.Findings;

/// <summary>What counts as a secret that lies about, and what only looks like one.</summary>
public sealed class LeakShapesTests
{
    const string Github = "ghp_0123456789abcdefghijABCDEFGHIJ456789";

    public static TheoryData<string, string, string> Texts => new()
    {
        // File, text, and what is found as line:shape=value.
        { ".env", "A=1\nDB_PASSWORD=hunter2hunter2\n", "2:setting=hunter2hunter2" },
        { ".env", "export API_KEY=\"k1k2k3k4k5\" # mine\n", "1:setting=k1k2k3k4k5" },
        { ".env", "export API_KEY=\"k1k2k3k4k5\"\n", "1:setting=k1k2k3k4k5" },
        { ".env.production", "STRIPE=sk_" + "live_0123456789abcdef\n", "1:stripe=sk_" + "live_0123456789abcdef" },
        { ".env", $"GITHUB_TOKEN={Github}\n", $"1:github={Github}" },
        { "main.py", $"x = '{Github}'\n", $"1:github={Github}" },
        { "main.py", "password = 'hunter2hunter2'\n", "" },
        { ".npmrc", "//registry.example/:_authToken=abcdef0123456789\n", "1:setting=abcdef0123456789" },
        { ".git-credentials", "https://alice:s3cr3tword@git.internal\n", "1:address=s3cr3tword" },
        { "config", "\turl = https://bot:tok9en8word@git.internal/x.git\n", "1:address=tok9en8word" },
        { "credentials", "[default]\naws_access_key_id = AKIA0123456789ABCDEF\naws_secret_access_key = abc/def+0123\n",
            "2:aws-key-id=AKIA0123456789ABCDEF 3:setting=abc/def+0123" },
        { "id_ecdsa", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
            "1:private-key=-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----" },
        // Not secrets.
        { ".env.example", "DB_PASSWORD=hunter2hunter2\n", "" },
        { ".env", "DB_PASSWORD=${VAULT_PASSWORD}\nAPI_TOKEN=<token>\nX_SECRET=changeme123\nY_SECRET=xxxxxxxxxx\n", "" },
        { ".env", "# DB_PASSWORD=hunter2hunter2\nSECRET_FILE=/run/secrets/db\nTOKEN_COUNT=12\n", "" },
        { ".env", "PATH=/usr/bin:/bin\nHOME=/home/agent\nLANG=C.UTF-8\n", "" },
        { "README.md", "postgres://user:password-example@host/db\n", "" },
        { "x.txt", "", "" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_file_has_these_secrets(string name, string text, string expected) => Assert.Equal(
        expected, string.Join(' ', LeakShapes.InFile(name, text).Select(f => $"{f.Line}:{f.Shape}={f.Value}")));

    [Theory]
    [InlineData("AWS_SECRET_ACCESS_KEY", "abcdefgh12345", "setting")]
    [InlineData("DATABASE_URL", "postgres://u:p4ssw0rd@db/x", "address")]
    [InlineData("ANYTHING", Github, "github")]
    [InlineData("EDITOR", "/usr/bin/vim", null)]
    [InlineData("SSH_AUTH_SOCK", "/tmp/ssh-x/agent.1", null)]
    [InlineData("XAUTHORITY", "/home/a/.Xauthority", null)]
    [InlineData("API_TOKEN", "short", null)]
    public void A_variable_is_a_secret(string name, string value, string? shape) =>
        Assert.Equal(shape, LeakShapes.InVariable(name, value)?.Shape);

    [Fact]
    public void A_text_full_of_secrets_is_told_of_up_to_a_limit()
    {
        var text = string.Join('\n', Enumerable.Range(0, 500).Select(i => $"A{i}_SECRET=hunter2hunter{i}"));
        Assert.Equal(LeakShapes.FoundMax, LeakShapes.InFile(".env", text).Length);
    }
}
