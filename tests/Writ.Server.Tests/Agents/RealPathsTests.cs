using Writ.Linux;
using Writ.Server.Agents;
using Writ.Server.Running;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Agents;

/// <summary>A path is resolved alike whether the kernel walks it or we do, whether or not its end is there.</summary>
public sealed class RealPathsTests
{
    [Theory]
    [InlineData("a/b/c", "a/b/c")]
    [InlineData("a//b/./c/", "a/b/c")]
    [InlineData("link", "a/b")]
    [InlineData("link/c", "a/b/c")]
    [InlineData("link/..", "a")]
    [InlineData("link/../missing", "a/missing")]
    [InlineData("link/missing/deep", "a/b/missing/deep")]
    [InlineData("chain", "a/b")]
    [InlineData("gone", "nowhere")]
    [InlineData("gone/x", "nowhere/x")]
    [InlineData("a/b/c (deleted)", "a/b/c (deleted)")]
    [InlineData("circle", null)]
    [InlineData("circle/x", null)]
    [InlineData("missing/../a", "a")]
    public void Links_on_the_way_are_followed(string path, string? expected)
    {
        using var folder = new TemporaryFolder();
        var root = SandboxLayout.RealPath(folder["."]);
        Directory.CreateDirectory(Path.Combine(root, "a/b/c"));
        Directory.CreateDirectory(Path.Combine(root, "a/b/c (deleted)"));
        File.CreateSymbolicLink(Path.Combine(root, "link"), "a/b");
        File.CreateSymbolicLink(Path.Combine(root, "chain"), Path.Combine(root, "link"));
        File.CreateSymbolicLink(Path.Combine(root, "gone"), "nowhere");
        File.CreateSymbolicLink(Path.Combine(root, "circle"), "circle");

        var whole = expected is null ? null : Path.Combine(root, expected);
        Assert.Equal(whole, RealPaths.Resolve(root, path));
        Assert.Equal(whole, RealPaths.Resolve("/", $"{root}/{path}"));
        if (Files.TryRealPath($"{root}/{path}") is { } walked)
            Assert.Equal(whole, walked);
    }

    [Fact]
    public void What_the_kernel_cannot_name_is_null()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(Files.TryRealPath(folder["missing"]));
        Assert.Null(Files.TryReadLink(folder["."]));
        Assert.Equal("/", Files.TryRealPath("/"));
        Assert.Equal("/", Files.TryRealPath("/.."));
    }
}
