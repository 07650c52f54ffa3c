namespace Writ.Cedar.Tests;

/// <summary>
/// The depth limit is there so that no text can exhaust a stack; here it meets one smaller than the runtime gives its
/// threads on Linux, and the large frames of a debug build.
/// </summary>
public sealed class StackTests
{
    const int StackBytes = 1024 * 1024;

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    [InlineData("[1].contains(", ")")]
    [InlineData("if true then 1 else ", "")]
    [InlineData("!!!!(", ")")]
    public void The_deepest_text_fits_a_small_stack(string open, string close)
    {
        var answers = 0;
        var thread = new Thread(
            () =>
            {
                for (var depth = 1; depth <= CedarLimits.DepthMax + 1; depth += depth < 190 ? 10 : 1)
                {
                    var body = string.Concat(Enumerable.Repeat(open, depth)) + "1"
                        + string.Concat(Enumerable.Repeat(close, depth));
                    var set = PolicySet.Parse($"permit(principal, action, resource) when {{ {body} == 1 }};");
                    if (set.TryGetValue(out var policies))
                        answers += Authorizer.Decide(policies, Given.Request, Given.Entities).Errors.Length + 1;
                }
            },
            StackBytes);
        thread.Start();
        thread.Join();
        Assert.InRange(answers, 1, 100);
    }
}
