using Writ.Shell.Knowledge;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>Variables of the environment that hold secrets, and the commands that show them.</summary>
public sealed class SecretVariableTests
{
    static readonly LineCircumstances _circumstances = new("/work/tree");

    [Theory]
    [InlineData("echo $AWS_SECRET_ACCESS_KEY", "$AWS_SECRET_ACCESS_KEY")]
    [InlineData("printf %s \"${GITHUB_TOKEN}\" | base64", "$GITHUB_TOKEN")]
    [InlineData("x=$DB_PASSWORD; echo $x", "$DB_PASSWORD")]
    [InlineData("for c in $API_KEY; do echo $c; done", "$API_KEY")]
    [InlineData("cat <<< $NPM_TOKEN", "$NPM_TOKEN")]
    [InlineData("[ -n \"$API_KEY\" ] && echo \"$OTHER_TOKEN\"", "$OTHER_TOKEN")]
    [InlineData("[ -n \"$(echo $API_KEY)\" ]", "$API_KEY")]
    [InlineData("bash -c 'echo $API_KEY'", "$API_KEY")]
    [InlineData("[ -n \"$API_KEY\" ]", "")]
    [InlineData("[[ -z $API_KEY ]] || echo set", "")]
    [InlineData("echo ${API_KEY:+set} ${#API_KEY}", "")]
    [InlineData("API_KEY=$(date); echo $API_KEY", "")]
    [InlineData("echo $SSH_KEY_PATH $TOKEN_URL $AWS_ACCESS_KEY_ID", "")]
    [InlineData("echo $PWD $OLDPWD $HOME $KEYBOARD $MONKEY", "")]
    [InlineData("for key in a b; do echo $key; done", "")]
    public void What_shows_one_reads_a_secret(string line, string secret)
    {
        var judged = LineJudge.Judge(ProgramKnowledge.Shipped, line, _circumstances);
        var read = judged.Effects.Where(e => e.Verb == KnownVerbs.SecretRead).Select(e => e.Object);
        Assert.Equal(secret, string.Join(' ', read));
    }
}
