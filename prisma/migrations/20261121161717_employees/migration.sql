-- CreateTable
CREATE TABLE "Employee" (
    "id" BIGINT NOT NULL PRIMARY KEY,
    "firstName" TEXT NOT NULL,
    "lastName" TEXT NOT NULL,
    "nameKey" TEXT NOT NULL,
    "ssn" TEXT NOT NULL,
    "dateOfBirth" TEXT NOT NULL,
    "salary" TEXT NOT NULL,
    "dataKeyId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "Employee_dataKeyId_idx" ON "Employee"("dataKeyId");
