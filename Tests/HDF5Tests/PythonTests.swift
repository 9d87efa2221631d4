import Foundation
import HDF5
import Testing
import TestSupport

/// Our files in h5py: shapes, types and values.
///
/// Runs where there is a Python with h5py: named by `TAPEDECK_PYTHON`, or that of the peers' folder.
@Suite struct PythonTests {
    @Test(.enabled(if: Machine.hasPython(with: "h5py"), "\(Machine.pythonIsMissing)"))
    func filesOpenInPython() throws {
        let python = try #require(Python(with: "h5py"))
        let folder = try TemporaryFolder()
        let file = try HDF5File(creating: folder.file("f.h5"))
        try file.root.setAttribute("format", to: "größer")
        try file.root.setAttribute("rows", to: 3)
        try file.root.setAttribute("scale", to: 0.5)
        let group = try file.root.createGroup("g")
        try group.createDataset("half", type: .float16, columns: 2, storage: .uncompressed(chunkRows: 4))
            .append([0x3C00, 0xC000, 0x0001, 0x7C00, 0, 0x8000] as [UInt16])
        try group.createDataset("float", type: .float32).append([1.5, -2] as [Float])
        try group.createDataset("double", type: .float64).append([0.1])
        try group.createDataset("short", type: .uint16).append([65_535] as [UInt16])
        try group.createDataset("long", type: .int64).append([Int64.min, .max])
        try group.createDataset("word", type: .uint32).append([UInt32.max])
        try group.createDataset("byte", type: .uint8).append([255] as [UInt8])
        try group.createTexts("texts", ["put", "größer"])
        try file.close()
        let output = try python.run(
            """
            import h5py, sys
            f = h5py.File(sys.argv[1]); g = f['g']
            print([f.attrs['format'].decode(), int(f.attrs['rows']), float(f.attrs['scale'])])
            for name in ['half', 'float', 'double', 'short', 'long', 'word', 'byte']:
                print(name, g[name].dtype, g[name].shape, g[name][()].tolist())
            print(g['texts'].asstr()[()].tolist(), h5py.check_string_dtype(g['texts'].dtype))
            """, folder.file("f.h5"))
        #expect(
            output == """
                ['größer', 3, 0.5]
                half float16 (3, 2) [[1.0, -2.0], [5.960464477539063e-08, inf], [0.0, -0.0]]
                float float32 (2,) [1.5, -2.0]
                double float64 (1,) [0.1]
                short uint16 (1,) [65535]
                long int64 (2,) [-9223372036854775808, 9223372036854775807]
                word uint32 (1,) [4294967295]
                byte uint8 (1,) [255]
                ['put', 'größer'] string_info(encoding='utf-8', length=8)

                """)
    }
}
