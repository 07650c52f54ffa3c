using System.Diagnostics;
using Writ.Linux;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    readonly TemporaryFolder _folder = new();

    [Fact]
    public void It_is_created_for_its_owner_alone()
    {
        var directory = DataDirectory.Create(_folder["realm"]);
        foreach (var path in new[] { directory.Root, directory.TilesPath, directory.BlobsPath, directory.KeysPath })
            Assert.Equal(Private, File.GetUnixFileMode(path));
        Assert.False(File.Exists(directory.LedgerFile));
    }

    [Fact]
    public void Creating_again_changes_nothing()
    {
        var directory = DataDirectory.Create(_folder["realm"]);
        File.WriteAllText(Path.Combine(directory.KeysPath, "log"), "key");
        DataDirectory.Create(_folder["realm"]);
        Assert.Equal("key", File.ReadAllText(Path.Combine(directory.KeysPath, "log")));
    }

    [Fact]
    public void A_missing_one_is_not_opened()
    {
        var fault = Assert.Throws<LedgerFaultException>(() => DataDirectory.Open(_folder["nowhere"]));
        Assert.Equal(StorageCodes.NotALedger, fault.Code);
        Assert.False(Directory.Exists(_folder["nowhere"]));
    }

    [Theory]
    [InlineData("", UnixFileMode.GroupWrite)]
    [InlineData("", UnixFileMode.OtherWrite)]
    [InlineData("keys", UnixFileMode.GroupWrite)]
    [InlineData("blobs", UnixFileMode.OtherWrite)]
    [InlineData("tiles", UnixFileMode.OtherWrite)]
    public void One_that_others_can_write_to_is_refused(string folder, UnixFileMode extra)
    {
        var directory = DataDirectory.Create(_folder["realm"]);
        var loose = Path.Combine(directory.Root, folder);
        File.SetUnixFileMode(loose, Private | extra);
        var fault = Assert.Throws<LedgerFaultException>(() => DataDirectory.Open(directory.Root));
        Assert.Equal(StorageCodes.Permissions, fault.Code);
        File.SetUnixFileMode(loose, Private);
        DataDirectory.Open(directory.Root);
    }

    [Fact]
    public async Task One_that_belongs_to_somebody_else_is_refused()
    {
        Assert.SkipUnless(DurableFiles.EffectiveUser == 0, "only root can give a directory away");
        var directory = DataDirectory.Create(_folder["realm"]);
        using var chown = Process.Start("chown", ["12345", directory.Root]);
        await chown.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, chown.ExitCode);
        Assert.Equal(12345, DurableFiles.OwnerOf(directory.Root));
        var fault = Assert.Throws<LedgerFaultException>(() => DataDirectory.Open(directory.Root));
        Assert.Equal(StorageCodes.Permissions, fault.Code);
        Assert.Contains("12345", fault.Message);
    }

    public void Dispose() => _folder.Dispose();
}
