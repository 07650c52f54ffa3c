using System.Security.Cryptography;
using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

public sealed class BlobStoreTests : IDisposable
{
    static readonly byte[] Salt = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    readonly TemporaryFolder _folder = new();

    string Root => _folder["blobs"];

    string FileOf(BlobReference blob)
    {
        var hex = blob.Digest["sha256:".Length..];
        return Path.Combine(Root, hex[..2], hex);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_blob_is_found_by_the_digest_of_salt_and_content(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var blob = new BlobStore(Root).Put(content, Salt);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData([.. Salt, .. content])), blob.Digest);
        Assert.Equal(length, blob.Bytes);
        Assert.Equal([.. Salt, .. content], File.ReadAllBytes(FileOf(blob)));

        var found = new BlobStore(Root).TryGet(blob.Digest);
        Assert.NotNull(found);
        Assert.Equal(Salt, found.Salt);
        Assert.Equal(content, found.Content);
    }

    [Fact]
    public void The_same_content_under_another_salt_is_another_blob()
    {
        var store = new BlobStore(Root);
        var one = store.Put("yes"u8, Salt);
        var other = store.Put("yes"u8, new byte[32]);
        Assert.NotEqual(one.Digest, other.Digest);
        Assert.Equal(one, store.Put("yes"u8, Salt));
    }

    [Fact]
    public void Erasing_takes_salt_and_content_and_says_whether_there_was_anything()
    {
        var store = new BlobStore(Root);
        var blob = store.Put("personal"u8, Salt);
        var kept = store.Put("other"u8, Salt);
        Assert.True(store.Erase(blob.Digest));
        Assert.False(File.Exists(FileOf(blob)));
        Assert.Null(store.TryGet(blob.Digest));
        Assert.False(store.Erase(blob.Digest));
        Assert.NotNull(store.TryGet(kept.Digest));
        Assert.Equal(blob, store.Put("personal"u8, Salt));
        Assert.NotNull(store.TryGet(blob.Digest));
    }

    [Fact]
    public void Only_the_owner_reads_and_writes()
    {
        var blob = new BlobStore(Root).Put("content"u8, Salt);
        const UnixFileMode file = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(file, File.GetUnixFileMode(FileOf(blob)));
        Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(FileOf(blob))!));
        Assert.Equal(file | UnixFileMode.UserExecute, File.GetUnixFileMode(Root));
    }

    [Fact]
    public void Content_over_the_limit_is_refused_and_leaves_nothing()
    {
        var store = new BlobStore(Root, bytesMax: 10);
        Assert.Equal(10, store.Put(new byte[10], Salt).Bytes);
        var fault = Assert.Throws<LedgerFaultException>(() => store.Put(new byte[11], Salt));
        Assert.Equal(StorageCodes.TooLarge, fault.Code);
        Assert.Single(Directory.GetFiles(Root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_salt_has_32_bytes()
    {
        var store = new BlobStore(Root);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Put("x"u8, new byte[31]));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Put("x"u8, []));
    }

    [Fact]
    public void Damage_is_a_fault_and_not_content()
    {
        var store = new BlobStore(Root, bytesMax: 100);
        var blob = store.Put("content"u8, Salt);
        var whole = File.ReadAllBytes(FileOf(blob));
        var damaged = new List<byte[]> { Array.Empty<byte>(), whole[..31], whole[..^1], new byte[200] };
        for (var i = 0; i < whole.Length; i++)
        {
            damaged.Add((byte[])whole.Clone());
            damaged[^1][i] ^= 1;
        }
        foreach (var bytes in damaged)
        {
            File.WriteAllBytes(FileOf(blob), bytes);
            Assert.Equal(
                StorageCodes.Corrupt, Assert.Throws<LedgerFaultException>(() => store.TryGet(blob.Digest)).Code);
        }
        store.Put("content"u8, Salt);
        Assert.NotNull(store.TryGet(blob.Digest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../etc/passwd")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85/")]
    public void What_is_not_a_digest_finds_nothing(string digest)
    {
        var store = new BlobStore(Root);
        Assert.Null(store.TryGet(digest));
        Assert.False(store.Erase(digest));
    }

    [Fact]
    public void What_a_crash_left_half_written_is_removed_at_the_next_start()
    {
        var blob = new BlobStore(Root).Put("whole"u8, Salt);
        File.WriteAllText(Path.Combine(Root, "0123.7.new"), "hal");
        var store = new BlobStore(Root);
        Assert.Empty(Directory.GetFiles(Root));
        Assert.NotNull(store.TryGet(blob.Digest));
    }

    [Fact]
    public void Many_writers_may_put_the_same_and_different_content_at_once()
    {
        var store = new BlobStore(Root);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var content = BitConverter.GetBytes(i % 20);
            var blob = store.Put(content, Salt);
            Assert.Equal(content, store.TryGet(blob.Digest)!.Content);
        });
        Assert.Equal(20, Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Length);
    }

    public void Dispose() => _folder.Dispose();
}
